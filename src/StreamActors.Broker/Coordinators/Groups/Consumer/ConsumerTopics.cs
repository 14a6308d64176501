using System.Collections.Immutable;
using StreamActors.Broker.Coordinators.Groups.Consumer.Assignors;
using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>The topics that the members of consumer groups subscribe to, as the metadata has them.</summary>
internal sealed class ConsumerTopics(IMetadataView metadata)
{
    /// <summary>Patterns are matched anew when topics have come or gone, but not more often than this, since there may be a hundred thousand of them.</summary>
    private const long MatchIntervalMs = 1000;

    public MetadataImage Image => metadata.Current;

    public static MatchedTopics Match(string pattern, MetadataImage image, TimestampMs now)
    {
        var regex = TopicPatterns.Compile(pattern, out _);
        // Internal topics are the brokers' own: nobody means them by a pattern.
        var names = regex is null ? [] : image.Topics.Keys.Where(name => !TopicNames.IsInternal(name) && regex.IsMatch(name));
        return new MatchedTopics([.. names], image.Sequence, now);
    }

    /// <summary>Whether a pattern's matches may be out of date, and long enough ago.</summary>
    public static bool IsStale(MatchedTopics matched, MetadataImage image, TimestampMs now) =>
        matched.Version != image.Sequence && now.Value - matched.Timestamp.Value >= MatchIntervalMs;

    public static string NameOf(MetadataImage image, Guid topic) => image.Topic(new TopicId(topic))?.Name ?? "";

    /// <summary>A hash of all that an assignment depends on of these topics; the order of their names does not matter.</summary>
    public static long Hash(IEnumerable<string> names, MetadataImage image)
    {
        ulong all = 0;
        Span<byte> id = stackalloc byte[16];
        foreach (var name in names)
        {
            if (image.Topic(name) is not { } topic) continue;
            var hash = Fnv.Start;
            foreach (var unit in name) hash = Fnv.Mix(hash, unit);
            topic.Id.Value.TryWriteBytes(id);
            foreach (var each in id) hash = Fnv.Mix(hash, each);
            hash = Fnv.Mix(hash, (ulong)topic.Partitions.Count);
            foreach (var racks in RacksOf(topic, image))
            {
                foreach (var rack in racks)
                {
                    foreach (var unit in rack) hash = Fnv.Mix(hash, unit);
                }

                hash = Fnv.Mix(hash, ';');
            }

            all = unchecked(all + hash);
        }

        return unchecked((long)all);
    }

    public static Dictionary<Guid, AssignedTopic> Describe(IEnumerable<string> names, MetadataImage image)
    {
        var topics = new Dictionary<Guid, AssignedTopic>();
        foreach (var name in names)
        {
            if (image.Topic(name) is not { } topic || topics.ContainsKey(topic.Id.Value)) continue;
            topics.Add(topic.Id.Value, new AssignedTopic(topic.Id.Value, name, topic.Partitions.Count, RacksOf(topic, image)));
        }

        return topics;
    }

    /// <summary>Empty where no broker has a rack.</summary>
    private static ImmutableArray<ImmutableArray<string>> RacksOf(TopicImage topic, MetadataImage image)
    {
        if (image.Brokers.Values.All(broker => broker.Rack is null)) return [];
        var racks = ImmutableArray.CreateBuilder<ImmutableArray<string>>(topic.Partitions.Count);
        for (var index = 0; index < topic.Partitions.Count; index++)
        {
            var its = topic.Partitions[index].Replicas.Select(replica => image.Brokers.GetValueOrDefault(replica)?.Rack).OfType<string>();
            racks.Add([.. its.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);
        }

        return racks.MoveToImmutable();
    }

    /// <summary>FNV-1a, 64 bits: stored, so it has to be the same for ever.</summary>
    private static class Fnv
    {
        public const ulong Start = 14695981039346656037;

        public static ulong Mix(ulong hash, ulong value) => unchecked((hash ^ value) * 1099511628211);
    }
}
