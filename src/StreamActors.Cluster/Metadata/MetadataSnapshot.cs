using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Cluster.Metadata;

/// <summary>The records that make an image from nothing: a snapshot is stored and sent in the same form as events.</summary>
internal static class MetadataSnapshot
{
    public static IEnumerable<IRecordMessage> Records(MetadataImage image)
    {
        yield return new ClusterRecord { ClusterId = image.ClusterId };
        foreach (var broker in image.Brokers.Values) yield return BrokerRecords.Registration(broker);
        foreach (var topic in image.Topics.Values)
        {
            yield return new TopicRecord { Name = topic.Name, TopicId = topic.Id.Value };
            for (var index = 0; index < topic.Partitions.Count; index++) yield return PartitionRecords.Of(topic.Id, index, topic.Partitions[index]);
        }

        foreach (var (resource, settings) in image.Configs)
        {
            foreach (var (name, value) in settings)
            {
                yield return new ConfigRecord { ResourceType = (sbyte)resource.Type, ResourceName = resource.Name, Name = name, Value = value };
            }
        }

        if (image.NextProducerId > 0) yield return new ProducerIdsRecord { BrokerId = -1, NextProducerId = image.NextProducerId };
    }
}

/// <summary>Stored records about brokers.</summary>
internal static class BrokerRecords
{
    public static RegisterBrokerRecord Registration(BrokerImage broker) => new()
    {
        BrokerId = broker.Id.Value,
        IncarnationId = broker.Incarnation,
        BrokerEpoch = broker.Epoch,
        EndPoints = [.. broker.Listeners.Select(listener => new RegisterBrokerRecord.BrokerEndpoint
        {
            Name = listener.Name, Host = listener.Host, Port = (ushort)listener.Port, SecurityProtocol = listener.SecurityProtocol,
        })],
        Rack = broker.Rack,
        Fenced = broker.Fenced,
        LogDirs = [.. broker.LogDirs],
    };
}

/// <summary>Stored records about partitions.</summary>
internal static class PartitionRecords
{
    public static PartitionRecord Of(Protocol.TopicId topic, int index, in PartitionImage partition) => new()
    {
        TopicId = topic.Value,
        PartitionId = index,
        Replicas = [.. partition.Replicas],
        Isr = [.. partition.InSyncReplicas],
        Leader = partition.Leader.Value,
        LeaderEpoch = partition.LeaderEpoch.Value,
        PartitionEpoch = partition.PartitionEpoch,
    };
}
