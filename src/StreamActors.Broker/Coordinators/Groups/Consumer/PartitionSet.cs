using System.Collections.Immutable;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>Partitions by the id of their topic. Immutable and in order: topics by id, partitions by number, no topic without partitions.</summary>
internal sealed class PartitionSet : IEquatable<PartitionSet>
{
    public static readonly PartitionSet Empty = new([]);

    private PartitionSet(ImmutableArray<Topic> topics) => Topics = topics;

    public ImmutableArray<Topic> Topics { get; }

    public bool IsEmpty => Topics.IsEmpty;

    public int Count
    {
        get
        {
            var count = 0;
            foreach (var topic in Topics) count += topic.Partitions.Length;
            return count;
        }
    }

    public IEnumerable<(Guid Topic, int Partition)> All => Topics.SelectMany(topic => topic.Partitions.Select(partition => (topic.Id, partition)));

    /// <summary>A topic may come several times, and a partition too.</summary>
    public static PartitionSet Of(IEnumerable<(Guid Topic, IEnumerable<int> Partitions)> topics)
    {
        var builder = new Builder();
        foreach (var (topic, partitions) in topics)
        {
            foreach (var partition in partitions) builder.Add(topic, partition);
        }

        return builder.Build();
    }

    public bool Contains(Guid topic, int partition) => Of(topic).BinarySearch(partition) >= 0;

    public ImmutableArray<int> Of(Guid topic)
    {
        var (low, high) = (0, Topics.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = Topics[middle].Id.CompareTo(topic);
            if (order == 0) return Topics[middle].Partitions;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return [];
    }

    public PartitionSet Intersect(PartitionSet other) => Where((topic, partition) => other.Contains(topic, partition));

    public PartitionSet Except(PartitionSet other) => other.IsEmpty ? this : Where((topic, partition) => !other.Contains(topic, partition));

    public PartitionSet Union(PartitionSet other)
    {
        if (other.IsEmpty) return this;
        if (IsEmpty) return other;
        var builder = new Builder();
        foreach (var (topic, partition) in All) builder.Add(topic, partition);
        foreach (var (topic, partition) in other.All) builder.Add(topic, partition);
        return builder.Build();
    }

    public bool Overlaps(PartitionSet other) => !IsEmpty && !other.IsEmpty && All.Any(each => other.Contains(each.Topic, each.Partition));

    public bool IsSubsetOf(PartitionSet other) => All.All(each => other.Contains(each.Topic, each.Partition));

    public PartitionSet Where(Func<Guid, int, bool> condition)
    {
        var kept = ImmutableArray.CreateBuilder<Topic>(Topics.Length);
        var changed = false;
        foreach (var topic in Topics)
        {
            var partitions = topic.Partitions.RemoveAll(partition => !condition(topic.Id, partition));
            changed |= partitions.Length != topic.Partitions.Length;
            if (!partitions.IsEmpty) kept.Add(new Topic(topic.Id, partitions));
        }

        return !changed ? this : kept.Count == 0 ? Empty : new PartitionSet(kept.ToImmutable());
    }

    public bool Equals(PartitionSet? other)
    {
        if (ReferenceEquals(this, other)) return true;
        if (other is null || other.Topics.Length != Topics.Length) return false;
        for (var index = 0; index < Topics.Length; index++)
        {
            if (Topics[index].Id != other.Topics[index].Id || !Topics[index].Partitions.AsSpan().SequenceEqual(other.Topics[index].Partitions.AsSpan())) return false;
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as PartitionSet);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var (topic, partition) in All)
        {
            hash.Add(topic);
            hash.Add(partition);
        }

        return hash.ToHashCode();
    }

    public override string ToString() => string.Join(", ", Topics.Select(topic => $"{topic.Id}: {string.Join(' ', topic.Partitions)}"));

    public readonly record struct Topic(Guid Id, ImmutableArray<int> Partitions);

    public sealed class Builder
    {
        private readonly Dictionary<Guid, List<int>> topics = [];

        public int Count { get; private set; }

        public void Add(Guid topic, int partition)
        {
            if (!topics.TryGetValue(topic, out var partitions)) topics[topic] = partitions = [];
            partitions.Add(partition);
            Count++;
        }

        public PartitionSet Build()
        {
            if (topics.Count == 0) return Empty;
            var built = ImmutableArray.CreateBuilder<Topic>(topics.Count);
            foreach (var (topic, partitions) in topics)
            {
                partitions.Sort();
                built.Add(new Topic(topic, [.. partitions.Distinct()]));
            }

            built.Sort(static (left, right) => left.Id.CompareTo(right.Id));
            return new PartitionSet(built.MoveToImmutable());
        }
    }
}
