using StreamActors.Protocol;

namespace StreamActors.Client.Admin;

/// <summary>A group as a broker lists it. Type and state are empty where the broker is too old to tell.</summary>
public sealed record GroupListing(string GroupId, string Type, string State, string ProtocolType, BrokerId Coordinator);

/// <summary>
/// A group, its members, and how far it has come. What only StreamActors' brokers tell is null elsewhere: then <see cref="Now"/> is null too.
/// </summary>
public sealed record GroupDescription(string GroupId, BrokerId Coordinator)
{
    /// <summary><c>classic</c> or <c>consumer</c>; empty where it is not known.</summary>
    public string Type { get; init; } = "";

    public string State { get; init; } = "";

    /// <summary>The clock of the coordinator when it told all this; ages are counted from here.</summary>
    public TimestampMs? Now { get; init; }

    public TimestampMs? StateSince { get; init; }

    public string ProtocolType { get; init; } = "";

    /// <summary>The assignor that the members agreed on.</summary>
    public string Protocol { get; init; } = "";

    /// <summary>The generation of a classic group, the epoch of a consumer group.</summary>
    public int? Epoch { get; init; }

    /// <summary>When the coordinator stops waiting for those that it waits for.</summary>
    public TimestampMs? Deadline { get; init; }

    /// <summary>Members that were given an id and have not come back with it yet.</summary>
    public int PendingMembers { get; init; }

    public IReadOnlyList<GroupMemberDescription> Members { get; init; } = [];

    /// <summary>The partitions that the group has committed offsets of, or a member has assigned; by topic and partition.</summary>
    public IReadOnlyList<GroupPartition> Partitions { get; init; } = [];
}

/// <summary>A member of a group.</summary>
public sealed record GroupMemberDescription(string MemberId, string? InstanceId, string ClientId, string Host)
{
    public bool IsLeader { get; init; }

    /// <summary>
    /// Of classic groups: stable; joined, has-to-rejoin; synced, has-to-sync, has-to-assign. Of consumer groups: stable, has-to-revoke,
    /// waits-for-partitions, has-to-heartbeat, away. Empty where it is not told.
    /// </summary>
    public string State { get; init; } = "";

    public TimestampMs? StateSince { get; init; }

    public int? Epoch { get; init; }

    public TimestampMs? LastHeartbeat { get; init; }

    public TimestampMs? SessionDeadline { get; init; }

    public int? SessionTimeoutMs { get; init; }

    public int? RebalanceTimeoutMs { get; init; }

    public IReadOnlyList<TopicPartition> Assigned { get; init; } = [];

    /// <summary>Partitions that it still has, and that others wait for.</summary>
    public IReadOnlyList<TopicPartition> Revoking { get; init; } = [];
}

/// <summary>How far a group has come in a partition.</summary>
public sealed record GroupPartition(TopicPartition Partition)
{
    /// <summary>The first offset that was not read; null where nothing was committed.</summary>
    public long? Committed { get; init; }

    public TimestampMs? CommittedAt { get; init; }

    /// <summary>Since when that offset stands; consumers commit the same one again and again.</summary>
    public TimestampMs? UnchangedSince { get; init; }

    public string? OwnerMemberId { get; init; }

    /// <summary>Why the log's part is missing; none when it is there.</summary>
    public ErrorCode Error { get; init; }

    public BrokerId Leader { get; init; } = BrokerId.None;

    public long? LogStart { get; init; }

    public long? LastStable { get; init; }

    /// <summary>Where consumers can read to: what Kafka's tools call the end.</summary>
    public long? End { get; init; }

    /// <summary>With what is not committed yet.</summary>
    public long? LogEnd { get; init; }

    /// <summary>Records that are not read yet; null where it is not known.</summary>
    public long? Lag => Committed is { } committed && End is { } end ? Math.Max(0, end - committed) : null;

    /// <summary>The age of the first of them; 0 when there are none.</summary>
    public TimeSpan? LagTime { get; init; }

    /// <summary>The producer of the transaction that readers of committed records wait for, and when it wrote the first record of it.</summary>
    public (long ProducerId, TimestampMs Since)? OpenTransaction { get; init; }
}

