using System.Collections.Frozen;
using System.Collections.Immutable;
using StreamActors.Client.Connections;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Client.Metadata;

/// <summary>Turns an answer into an image.</summary>
internal static class MetadataReader
{
    /// <summary>
    /// The image that the answer tells of. Brokers hear of changes one after another: where the answer is older than
    /// <paramref name="known"/>, by leader epoch of the same topic, the partition stays as it was.
    /// </summary>
    public static ClusterImage Read(MetadataResponse response, ClusterImage known) => new(
        response.ClusterId,
        new BrokerId(response.ControllerId),
        response.Brokers
            .Select(b => new BrokerNode(new BrokerId(b.NodeId), new BrokerAddress(b.Host, b.Port), b.Rack))
            .ToFrozenDictionary(b => b.Id),
        response.Topics
            .Where(t => t.Name is not null)
            .Select(t => Topic(t, known.Topic(t.Name!)))
            .ToFrozenDictionary(t => t.Name));

    private static TopicMetadata Topic(MetadataResponse.MetadataResponseTopic topic, TopicMetadata? known)
    {
        var id = new TopicId(topic.TopicId);
        var isSame = known is not null && known.TopicId == id;
        return new TopicMetadata(
            topic.Name!, id, (ErrorCode)topic.ErrorCode, topic.IsInternal,
            [.. topic.Partitions.OrderBy(p => p.PartitionIndex).Select(p => Newer(Partition(p), isSame ? known!.Partitions : []))]);
    }

    private static PartitionMetadata Newer(PartitionMetadata told, ImmutableArray<PartitionMetadata> known) =>
        told.Index < known.Length && known[told.Index].LeaderEpoch.CompareTo(told.LeaderEpoch) > 0 ? known[told.Index] : told;

    private static PartitionMetadata Partition(MetadataResponse.MetadataResponsePartition partition) => new(
        partition.PartitionIndex,
        (ErrorCode)partition.ErrorCode,
        new BrokerId(partition.LeaderId),
        new LeaderEpoch(partition.LeaderEpoch),
        Brokers(partition.ReplicaNodes),
        Brokers(partition.IsrNodes),
        Brokers(partition.OfflineReplicas));

    private static ImmutableArray<BrokerId> Brokers(List<int> ids) => [.. ids.Select(id => new BrokerId(id))];
}
