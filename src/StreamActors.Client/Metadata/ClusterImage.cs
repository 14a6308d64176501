using System.Collections.Frozen;
using System.Collections.Immutable;
using StreamActors.Client.Connections;
using StreamActors.Protocol;

namespace StreamActors.Client.Metadata;

/// <summary>A broker as the cluster tells of it.</summary>
public sealed record BrokerNode(BrokerId Id, BrokerAddress Address, string? Rack);

/// <summary>A partition as the cluster tells of it.</summary>
public sealed record PartitionMetadata(
    int Index,
    ErrorCode Error,
    BrokerId Leader,
    LeaderEpoch LeaderEpoch,
    ImmutableArray<BrokerId> Replicas,
    ImmutableArray<BrokerId> InSyncReplicas,
    ImmutableArray<BrokerId> OfflineReplicas);

/// <summary>A topic as the cluster tells of it. <see cref="TopicId"/> is zero where the broker does not tell ids.</summary>
/// <param name="Name">The topic's name.</param>
/// <param name="TopicId">Its identity.</param>
/// <param name="Error">Why there is nothing to tell; <see cref="ErrorCode.None"/> otherwise.</param>
/// <param name="IsInternal">The cluster uses it for itself.</param>
/// <param name="Partitions">In the order of their index, without gaps.</param>
public sealed record TopicMetadata(string Name, TopicId TopicId, ErrorCode Error, bool IsInternal, ImmutableArray<PartitionMetadata> Partitions);

/// <summary>What this client knows of the cluster; never changes, is replaced.</summary>
public sealed record ClusterImage(
    string? ClusterId,
    BrokerId Controller,
    FrozenDictionary<BrokerId, BrokerNode> Brokers,
    FrozenDictionary<string, TopicMetadata> Topics)
{
    internal static readonly ClusterImage Empty =
        new(null, BrokerId.None, FrozenDictionary<BrokerId, BrokerNode>.Empty, FrozenDictionary<string, TopicMetadata>.Empty);

    /// <summary>The topic, if it is known to exist.</summary>
    public TopicMetadata? Topic(string name) => Topics.TryGetValue(name, out var topic) && topic.Error == ErrorCode.None ? topic : null;

    public PartitionMetadata? Partition(TopicPartition partition) =>
        Topic(partition.Topic) is { } topic && (uint)partition.Partition < (uint)topic.Partitions.Length ? topic.Partitions[partition.Partition] : null;

    /// <summary>The broker that leads the partition; null where none is known.</summary>
    public BrokerNode? LeaderOf(TopicPartition partition) =>
        Partition(partition) is { } metadata ? Brokers.GetValueOrDefault(metadata.Leader) : null;
}
