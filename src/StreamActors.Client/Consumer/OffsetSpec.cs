using StreamActors.Protocol;

namespace StreamActors.Client.Consumer;

/// <summary>Which offset is meant: one of the special ones, or the first record of a time or later.</summary>
public readonly record struct OffsetSpec
{
    private OffsetSpec(long timestamp) => Timestamp = timestamp;

    /// <summary>The number that ListOffsets has for it.</summary>
    internal long Timestamp { get; }

    /// <summary>The next offset to be written; under <see cref="IsolationLevel.ReadCommitted"/> the last stable one.</summary>
    public static OffsetSpec Latest => new(-1);

    public static OffsetSpec Earliest => new(-2);

    /// <summary>The record with the highest timestamp (KIP-734).</summary>
    public static OffsetSpec MaxTimestamp => new(-3);

    /// <summary>The first record with this timestamp or a later one.</summary>
    public static OffsetSpec AtTime(TimestampMs timestamp) => timestamp.Value >= 0
        ? new OffsetSpec(timestamp.Value)
        : throw new ArgumentOutOfRangeException(nameof(timestamp), timestamp, "A time before 1970 names no offset.");
}

/// <summary>Where a consumer begins in a partition: at an offset, or at one that is looked up.</summary>
public readonly record struct StartPosition
{
    internal Offset? Known { get; private init; }

    internal OffsetSpec Spec { get; private init; }

    public static StartPosition Earliest => Of(OffsetSpec.Earliest);

    public static StartPosition Latest => Of(OffsetSpec.Latest);

    public static StartPosition At(Offset offset) => new() { Known = offset };

    /// <summary>At the first record of that time or later; at the end where there is none.</summary>
    public static StartPosition AtTime(TimestampMs timestamp) => Of(OffsetSpec.AtTime(timestamp));

    internal static StartPosition Of(OffsetSpec spec) => new() { Spec = spec };
}
