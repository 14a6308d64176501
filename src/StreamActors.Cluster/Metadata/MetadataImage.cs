using System.Collections.Immutable;
using StreamActors.Protocol;

namespace StreamActors.Cluster.Metadata;

/// <summary>What a setting belongs to, by Kafka's number of the resource's kind.</summary>
public readonly record struct ConfigResource(ConfigResourceType Type, string Name) : IComparable<ConfigResource>
{
    public int CompareTo(ConfigResource other) =>
        Type != other.Type ? Type.CompareTo(other.Type) : string.CompareOrdinal(Name, other.Name);
}

/// <summary>
/// All that the controller has decided, as of one event. Immutable: a change makes another image that shares what did not
/// change. Enumerations are in ordinal order of names, the same in every process.
/// </summary>
public sealed record MetadataImage
{
    public static readonly MetadataImage Empty = new();

    /// <summary>The sequence number of the last event in it; 0 before the first.</summary>
    public long Sequence { get; init; }

    /// <summary>The cluster's id, 22 characters as Kafka's; empty before the first event.</summary>
    public string ClusterId { get; init; } = "";

    public ImmutableSortedDictionary<int, BrokerImage> Brokers { get; init; } = ImmutableSortedDictionary<int, BrokerImage>.Empty;

    public ImmutableSortedDictionary<string, TopicImage> Topics { get; init; } =
        ImmutableSortedDictionary.Create<string, TopicImage>(StringComparer.Ordinal);

    public ImmutableDictionary<TopicId, TopicImage> TopicsById { get; init; } = ImmutableDictionary<TopicId, TopicImage>.Empty;

    /// <summary>Settings that were set, by resource; a broker's defaults for the whole cluster have the empty name.</summary>
    public ImmutableSortedDictionary<ConfigResource, ImmutableSortedDictionary<string, string>> Configs { get; init; } =
        ImmutableSortedDictionary<ConfigResource, ImmutableSortedDictionary<string, string>>.Empty;

    /// <summary>The first producer id that no broker was given yet.</summary>
    public long NextProducerId { get; init; }

    public TopicImage? Topic(string name) => Topics.GetValueOrDefault(name);

    public TopicImage? Topic(TopicId id) => TopicsById.GetValueOrDefault(id);

    public ImmutableSortedDictionary<string, string> ConfigsOf(ConfigResourceType type, string name) =>
        Configs.GetValueOrDefault(new ConfigResource(type, name)) ?? NoConfigs;

    /// <summary>The partition, or null where the topic or the index does not exist.</summary>
    public PartitionImage? Partition(TopicIdPartition partition) =>
        Topic(partition.TopicId) is { } topic && (uint)partition.Partition < (uint)topic.Partitions.Count
            ? topic.Partitions[partition.Partition]
            : null;

    /// <summary>
    /// Who leads a partition now: nobody while its leader is fenced. Leadership is given back when the broker returns,
    /// without an event per partition.
    /// </summary>
    public BrokerId LeaderOf(in PartitionImage partition) =>
        Brokers.TryGetValue(partition.Leader.Value, out var broker) && !broker.Fenced ? partition.Leader : BrokerId.None;

    public bool IsAlive(BrokerId broker) => Brokers.TryGetValue(broker.Value, out var image) && !image.Fenced;

    public static readonly ImmutableSortedDictionary<string, string> NoConfigs =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);
}

/// <summary>The newest image that this node has; read it once per request, it may be another one a moment later.</summary>
public interface IMetadataView
{
    MetadataImage Current { get; }
}
