using StreamActors.Gateway.Apis.Fetching;
using StreamActors.Protocol;

namespace StreamActors.Gateway.Apis;

/// <summary>What this broker answers. ApiVersions is this table, printed; docs/compatibility.md is held against it by a test.</summary>
internal sealed class ApiTable
{
    // Found by number for each request, so by index; ours begin far behind Kafka's.
    private readonly ApiHandler?[] kafkas = new ApiHandler?[(int)ApiKeys.All.Last(api => (short)api.Key < ApiKeys.FirstOwn).Key + 1];
    private readonly ApiHandler?[] own = new ApiHandler?[(int)ApiKeys.All[^1].Key - ApiKeys.FirstOwn + 1];

    public ApiTable(GatewayServices services)
    {
        var topics = new TopicDescriber(services);
        Register(new ProduceHandler(services));
        Register(new FetchHandler(services, new FetchSessions(services.Fetch, services.Time, services.NextSessionId)));
        Register(new ListOffsetsHandler(services));
        Register(new MetadataHandler(services, topics));
        Register(new OffsetCommitHandler(services));
        Register(new OffsetFetchHandler(services));
        Register(new FindCoordinatorHandler(services));
        Register(new JoinGroupHandler(services));
        Register(new HeartbeatHandler(services));
        Register(new LeaveGroupHandler(services));
        Register(new SyncGroupHandler(services));
        Register(new DescribeGroupsHandler(services));
        Register(new ListGroupsHandler(services));
        Register(new ApiVersionsHandler(this, services));
        Register(new CreateTopicsHandler(services));
        Register(new DeleteTopicsHandler(services));
        Register(new DeleteRecordsHandler(services));
        Register(new InitProducerIdHandler(services));
        Register(new OffsetForLeaderEpochHandler(services));
        Register(new DescribeConfigsHandler(services));
        Register(new AlterConfigsHandler(services));
        Register(new AlterReplicaLogDirsHandler(services));
        Register(new DescribeLogDirsHandler(services));
        Register(new CreatePartitionsHandler(services));
        Register(new DeleteGroupsHandler(services));
        Register(new IncrementalAlterConfigsHandler(services));
        Register(new OffsetDeleteHandler(services));
        Register(new DescribeClusterHandler(services));
        Register(new ConsumerGroupHeartbeatHandler(services));
        Register(new ConsumerGroupDescribeHandler(services));
        Register(new ListConfigResourcesHandler(services));
        Register(new DescribeTopicPartitionsHandler(services, topics));
        Register(new DescribeGroupProgressHandler(services));
    }

    /// <summary>All handlers, by the number of their API.</summary>
    public IEnumerable<ApiHandler> All => kafkas.Concat(own).OfType<ApiHandler>();

    public ApiHandler? Find(ApiKey key)
    {
        var (index, at) = Place(key);
        return (uint)at < (uint)index.Length ? index[at] : null;
    }

    private void Register(ApiHandler handler)
    {
        var (index, at) = Place(handler.Api.Key);
        index[at] = handler;
    }

    private (ApiHandler?[] Index, int At) Place(ApiKey key) => (short)key < ApiKeys.FirstOwn ? (kafkas, (int)key) : (own, (int)key - ApiKeys.FirstOwn);
}
