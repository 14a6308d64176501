namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>The broker's settings for consumer groups, under Kafka's names and with its defaults.</summary>
public sealed record GroupSettings
{
    /// <summary><c>group.initial.rebalance.delay.ms</c>: how long an empty group waits for more members before its first generation.</summary>
    public int InitialRebalanceDelayMs { get; init; } = 3000;

    /// <summary><c>group.min.session.timeout.ms</c></summary>
    public int MinSessionTimeoutMs { get; init; } = 6000;

    /// <summary><c>group.max.session.timeout.ms</c></summary>
    public int MaxSessionTimeoutMs { get; init; } = 1_800_000;

    /// <summary><c>group.max.size</c></summary>
    public int MaxSize { get; init; } = int.MaxValue;

    /// <summary><c>offset.metadata.max.bytes</c></summary>
    public int MaxOffsetMetadataBytes { get; init; } = 4096;

    /// <summary><c>offsets.retention.minutes</c></summary>
    public int OffsetsRetentionMinutes { get; init; } = 10080;

    /// <summary><c>offsets.retention.check.interval.ms</c></summary>
    public long OffsetsRetentionCheckIntervalMs { get; init; } = 600_000;

    /// <summary><c>offsets.commit.timeout.ms</c>: how long a call waits for its records to be committed.</summary>
    public int OffsetsCommitTimeoutMs { get; init; } = 5000;

    /// <summary>
    /// A member that waits in its first JoinGroup cannot send heartbeats, and nobody can see it disconnect; if a rebalance takes
    /// longer than this it has to ask again.
    /// </summary>
    public int NewMemberJoinTimeoutMs { get; init; } = 300_000;

    /// <summary>The most bytes of a group's record: <c>max.message.bytes</c> of the topic, without a batch's own.</summary>
    public int MaxRecordBytes { get; init; } = 1_048_588 - 512;
}
