using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Cluster.Metadata;
using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// FindCoordinator (10), versions 0-6: the leader of the partition of <c>__consumer_offsets</c> that a group belongs to; the topic is created when it is first
/// needed. Version 4 asks for many at once (KIP-699). Coordinators of transactions and of share groups are not available yet.
/// </summary>
internal sealed class FindCoordinatorHandler(GatewayServices services) : ApiHandler<FindCoordinatorRequest, FindCoordinatorResponse>
{
    private const sbyte Group = 0;
    private const sbyte Transaction = 1;
    private const sbyte Share = 2;

    private readonly TopicDescriber topics = new(services);

    protected override async ValueTask<FindCoordinatorResponse?> HandleAsync(RequestContext context, FindCoordinatorRequest request)
    {
        var batch = context.ApiVersion >= 4;
        var response = new FindCoordinatorResponse();
        foreach (var key in batch ? request.CoordinatorKeys : [request.Key])
        {
            var found = await FindAsync(context, request.KeyType, key);
            if (batch) response.Coordinators.Add(found);
            else Copy(found, response);
        }

        return response;
    }

    protected override FindCoordinatorResponse Failure(RequestContext context, FindCoordinatorRequest request, ErrorCode error)
    {
        var response = new FindCoordinatorResponse();
        if (context.ApiVersion >= 4) response.Coordinators.AddRange(request.CoordinatorKeys.Select(key => Error(key, error)));
        else Copy(Error(request.Key, error), response);
        return response;
    }

    private async ValueTask<FindCoordinatorResponse.Coordinator> FindAsync(RequestContext context, sbyte keyType, string key)
    {
        if (keyType is Transaction or Share) return Error(key, ErrorCode.CoordinatorNotAvailable);
        if (keyType != Group) return Error(key, ErrorCode.InvalidRequest);
        if (services.Metadata.Current.Topic(GroupTopic.Name) is null
            && await topics.CreateAsync(GroupTopic.Name) is not ErrorCode.None and var error)
        {
            return Error(key, error == ErrorCode.InvalidReplicationFactor ? error : ErrorCode.CoordinatorNotAvailable);
        }

        var image = services.Metadata.Current;
        if (PartitionOf(image, key) is not { } partition
            || !image.Brokers.TryGetValue(image.LeaderOf(partition).Value, out var broker)
            || broker.Listener(context.Connection.Listener) is not { } endPoint)
        {
            return Error(key, ErrorCode.CoordinatorNotAvailable);
        }

        return new FindCoordinatorResponse.Coordinator { Key = key, NodeId = broker.Id.Value, Host = endPoint.Host, Port = endPoint.Port };
    }

    private static PartitionImage? PartitionOf(MetadataImage image, string groupId) =>
        image.Topic(GroupTopic.Name) is { Partitions.Count: > 0 } topic ? topic.Partitions[GroupPartition.For(groupId, topic.Partitions.Count)] : null;

    private static FindCoordinatorResponse.Coordinator Error(string key, ErrorCode error) => new()
    {
        Key = key,
        ErrorCode = (short)error,
        ErrorMessage = error.DefaultMessage(),
        NodeId = -1,
        Host = "",
        Port = -1,
    };

    private static void Copy(FindCoordinatorResponse.Coordinator from, FindCoordinatorResponse to)
    {
        to.ErrorCode = from.ErrorCode;
        to.ErrorMessage = from.ErrorMessage;
        to.NodeId = from.NodeId;
        to.Host = from.Host;
        to.Port = from.Port;
    }
}
