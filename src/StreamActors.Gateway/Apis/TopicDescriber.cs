using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Metadata;
using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>Says of topics and brokers what clients are told of them, on the listener that they came by.</summary>
internal sealed class TopicDescriber(GatewayServices services)
{
    /// <summary>The brokers that are alive and have this listener.</summary>
    public static IEnumerable<(BrokerImage Broker, BrokerListener Listener)> Brokers(MetadataImage image, string listener, bool withFenced = false)
    {
        foreach (var broker in image.Brokers.Values)
        {
            if (broker.Fenced && !withFenced) continue;
            if (broker.Listener(listener) is { } endPoint) yield return (broker, endPoint);
        }
    }

    public MetadataResponse.MetadataResponseTopic Describe(MetadataImage image, TopicImage topic, RequestContext context, bool withOperations)
    {
        var partitions = new List<MetadataResponse.MetadataResponsePartition>(topic.Partitions.Count);
        for (var index = 0; index < topic.Partitions.Count; index++) partitions.Add(Partition(image, topic.Partitions[index], index, context));
        return new MetadataResponse.MetadataResponseTopic
        {
            Name = topic.Name,
            TopicId = topic.Id.Value,
            IsInternal = TopicNames.IsInternal(topic.Name),
            Partitions = partitions,
            TopicAuthorizedOperations = withOperations ? AuthorizedOperations.Topic : AuthorizedOperations.NotAsked,
        };
    }

    private static MetadataResponse.MetadataResponsePartition Partition(MetadataImage image, in PartitionImage partition, int index, RequestContext context)
    {
        var leader = image.LeaderOf(partition);
        var error = ErrorCode.None;
        if (leader == BrokerId.None)
        {
            error = ErrorCode.LeaderNotAvailable;
        }
        else if (image.Brokers[leader.Value].Listener(context.Connection.Listener) is null)
        {
            error = context.ApiVersion >= 6 ? ErrorCode.ListenerNotFound : ErrorCode.LeaderNotAvailable;
            leader = BrokerId.None;
        }

        return new MetadataResponse.MetadataResponsePartition
        {
            ErrorCode = (short)error,
            PartitionIndex = index,
            LeaderId = leader.Value,
            LeaderEpoch = partition.LeaderEpoch.Value,
            ReplicaNodes = [.. partition.Replicas],
            IsrNodes = [.. partition.InSyncReplicas],
            OfflineReplicas = Offline(image, partition),
        };
    }

    public static List<int> Offline(MetadataImage image, in PartitionImage partition)
    {
        List<int> offline = [];
        foreach (var replica in partition.Replicas)
        {
            var broker = new BrokerId(replica);
            if (!image.IsAlive(broker) || partition.IsLostOn(broker)) offline.Add(replica);
        }

        return offline;
    }

    /// <summary>
    /// Creates a topic that somebody asked for and that does not exist. The error is the one to tell the client: LEADER_NOT_AVAILABLE
    /// where it was created and this broker has not heard of it yet.
    /// </summary>
    public async ValueTask<ErrorCode> CreateAsync(string name)
    {
        var topic = new CreateTopicsRequest.CreatableTopic { Name = name, NumPartitions = -1, ReplicationFactor = -1 };
        if (name == TopicNames.GroupOffsets)
        {
            topic = GroupTopic.Creation(services.OffsetsTopicPartitions, services.OffsetsTopicReplicationFactor);
        }
        else if (TopicNames.IsInternal(name))
        {
            return ErrorCode.UnknownTopicOrPartition;
        }

        var timeout = TimeSpan.FromSeconds(10);
        var (error, response) = await services.Controller.SendAsync<CreateTopicsResponse>(
            new CreateTopicsRequest { Topics = [topic], TimeoutMs = (int)timeout.TotalMilliseconds }, timeout);
        if (error != ErrorCode.None || response is not { Topics: [var created] }) return ErrorCode.LeaderNotAvailable;
        if ((ErrorCode)created.ErrorCode is not (ErrorCode.None or ErrorCode.TopicAlreadyExists)) return (ErrorCode)created.ErrorCode;
        return services.Metadata.Current.Topic(name) is not null ? ErrorCode.None : ErrorCode.LeaderNotAvailable;
    }
}
