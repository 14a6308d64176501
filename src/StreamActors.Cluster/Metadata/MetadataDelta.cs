using System.Collections.Immutable;
using StreamActors.Protocol;

namespace StreamActors.Cluster.Metadata;

/// <summary>
/// What lies between two images, so that whoever follows them looks at what changed only.
/// </summary>
/// <param name="Topics">Topics that are new or have changed partitions: their indexes, or default where all are new.</param>
/// <param name="DeletedTopics">Topics that are gone, as they were.</param>
public sealed record MetadataDelta(
    ImmutableDictionary<TopicId, ImmutableArray<int>> Topics,
    ImmutableArray<TopicImage> DeletedTopics,
    ImmutableHashSet<int> Brokers,
    ImmutableHashSet<ConfigResource> Configs);
