using StreamActors.Broker.Coordinators.Groups.Consumer;
using StreamActors.Protocol;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>All of a group: what the log has of it, and its members as they are at the moment.</summary>
internal sealed class Group(string id)
{
    public string Id => id;

    /// <summary>The last generation in the log; null for a group that only keeps offsets, or has not had one yet.</summary>
    public StoredGroup? Stored { get; set; }

    /// <summary>As a classic group; without members where it is a consumer group.</summary>
    public ClassicGroup Members { get; set; } = new(id);

    /// <summary>As a consumer group; null where it is a classic one.</summary>
    public ConsumerGroup? Consumer { get; set; }

    public GroupOffsets Offsets { get; } = new();

    /// <summary>When the shard looks at it next; null for never.</summary>
    public TimestampMs? WakeAt { get; set; }

    /// <summary>Nobody would miss it. A group that has had a generation is in the log, or on its way there.</summary>
    public bool IsNothing => Stored is null && Offsets.IsEmpty && IsIdle && Members.Generation == 0 && Consumer is null or { IsNothing: true };

    public bool IsIdle => Consumer is null or { Count: 0 } && Members is { State: GroupState.Empty, Count: 0, PendingJoins.Count: 0 };

    /// <summary>Its type and state, in Kafka's words.</summary>
    public (string Type, string State) Describe() =>
        Consumer is { } consumers ? (ConsumerGroupQueries.Type, consumers.State) : (GroupQueries.ClassicType, Members.State.ToString());

    /// <summary>The first moment at which time alone changes something.</summary>
    public TimestampMs? NextDeadline() => Consumer is { } consumers ? consumers.Deadlines.Next : Members.NextDeadline();
}

/// <summary>The offsets that a group has committed, by topic and partition in order.</summary>
internal sealed class GroupOffsets
{
    private readonly SortedDictionary<string, SortedDictionary<int, CommittedOffset>> topics = new(StringComparer.Ordinal);

    // Of those that were committed again without moving. Consumers commit at intervals, whether they have read anything or not.
    private readonly Dictionary<TopicPartition, TimestampMs> unchanged = [];

    public bool IsEmpty => topics.Count == 0;

    public IEnumerable<KeyValuePair<string, SortedDictionary<int, CommittedOffset>>> Topics => topics;

    public IEnumerable<(TopicPartition Partition, CommittedOffset Offset)> All =>
        topics.SelectMany(topic => topic.Value.Select(each => (new TopicPartition(topic.Key, each.Key), each.Value)));

    public CommittedOffset? Find(string topic, int partition) =>
        topics.TryGetValue(topic, out var partitions) && partitions.TryGetValue(partition, out var offset) ? offset : null;

    /// <summary>When the offset was committed first that is committed now, as far as is known: the log may have kept the last commit only.</summary>
    public TimestampMs? UnchangedSince(TopicPartition partition) =>
        unchanged.TryGetValue(partition, out var since) ? since : Find(partition.Topic, partition.Partition)?.CommitTimestamp;

    public void Set(TopicPartition partition, CommittedOffset offset)
    {
        if (Find(partition.Topic, partition.Partition) is { } before && before.Offset == offset.Offset) unchanged.TryAdd(partition, before.CommitTimestamp);
        else unchanged.Remove(partition);
        if (!topics.TryGetValue(partition.Topic, out var partitions)) topics[partition.Topic] = partitions = [];
        partitions[partition.Partition] = offset;
    }

    public void Remove(TopicPartition partition)
    {
        if (!topics.TryGetValue(partition.Topic, out var partitions)) return;
        partitions.Remove(partition.Partition);
        unchanged.Remove(partition);
        if (partitions.Count == 0) topics.Remove(partition.Topic);
    }
}
