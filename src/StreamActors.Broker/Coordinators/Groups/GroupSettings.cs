using StreamActors.Broker.Coordinators.Groups.Consumer;

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
    public int MaxRecordBytes { get; init; } = 1_048_588 - BatchOverhead;

    /// <summary>For groups of the new protocol.</summary>
    public ConsumerGroupSettings Consumer { get; init; } = new();

    private const int BatchOverhead = 512;

    /// <summary>The settings of a group by its id: its own before the broker's.</summary>
    public Func<string, GroupConfig> ConfigOf { get; init; } = _ => GroupConfig.Default;

    /// <summary>From a broker's settings by name; those that are not there have their default.</summary>
    public static GroupSettings Of(IReadOnlyDictionary<string, string> configs)
    {
        var defaults = new GroupSettings();
        return new GroupSettings
        {
            InitialRebalanceDelayMs = Int("group.initial.rebalance.delay.ms", defaults.InitialRebalanceDelayMs),
            MinSessionTimeoutMs = Int("group.min.session.timeout.ms", defaults.MinSessionTimeoutMs),
            MaxSessionTimeoutMs = Int("group.max.session.timeout.ms", defaults.MaxSessionTimeoutMs),
            MaxSize = Int("group.max.size", defaults.MaxSize),
            MaxOffsetMetadataBytes = Int("offset.metadata.max.bytes", defaults.MaxOffsetMetadataBytes),
            OffsetsRetentionMinutes = Int("offsets.retention.minutes", defaults.OffsetsRetentionMinutes),
            OffsetsRetentionCheckIntervalMs = Long("offsets.retention.check.interval.ms", defaults.OffsetsRetentionCheckIntervalMs),
            OffsetsCommitTimeoutMs = Int("offsets.commit.timeout.ms", defaults.OffsetsCommitTimeoutMs),
            Consumer = ConsumerGroupSettings.Of(configs),
            MaxRecordBytes = Int("message.max.bytes", defaults.MaxRecordBytes + BatchOverhead) - BatchOverhead,
        };

        int Int(string name, int value) => checked((int)Long(name, value));

        long Long(string name, long value) => configs.TryGetValue(name, out var text) ? long.Parse(text) : value;
    }
}
