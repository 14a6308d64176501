using System.Globalization;
using StreamActors.Client.Consumer;
using StreamActors.Protocol;

namespace StreamActors.Commands.Groups;

/// <summary>Where a reset puts an offset.</summary>
internal abstract record ResetTarget
{
    public sealed record Earliest : ResetTarget;

    public sealed record Latest : ResetTarget;

    /// <summary>Where it is: for partitions without an offset, the end.</summary>
    public sealed record Current : ResetTarget;

    public sealed record At(long Offset) : ResetTarget;

    /// <summary>Forward, or back where it is negative.</summary>
    public sealed record ShiftBy(long Records) : ResetTarget;

    /// <summary>The first record of that time or later; the end where there is none.</summary>
    public sealed record AtTime(TimestampMs Time) : ResetTarget;

    /// <summary>What has to be looked up for it beside both ends of the log; null for nothing.</summary>
    public OffsetSpec? Lookup => this is AtTime { Time: var time } ? OffsetSpec.AtTime(time) : null;

    /// <summary><c>2026-11-26T12:00:00.000</c>, with <c>Z</c> or an offset such as <c>+08:00</c>, without which it is UTC.</summary>
    public static bool TryParseTime(string text, out TimestampMs time)
    {
        time = default;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var parsed)) return false;
        time = TimestampMs.Of(parsed);
        return time.Value >= 0;
    }
}

/// <summary>What a reset does to one partition. Offsets are null for none: nothing was committed before, or nothing is to be afterwards.</summary>
internal sealed record ResetStep(TopicPartition Partition, long? Before, long? After, string? Note = null)
{
    /// <summary>How far a partition's log reaches, and what was found for the target in it; null where no record is that young.</summary>
    public readonly record struct Ends(long Earliest, long Latest, long? Found);

    /// <summary>The step; an offset that the log does not have becomes the nearest one that it has, which is noted.</summary>
    /// <returns>The step, or why there is none.</returns>
    public static (ResetStep? Step, string? Fault) Plan(TopicPartition partition, long? before, in Ends ends, ResetTarget target)
    {
        switch (target)
        {
            case ResetTarget.Earliest: return (new(partition, before, ends.Earliest), null);
            case ResetTarget.Latest: return (new(partition, before, ends.Latest), null);
            case ResetTarget.AtTime: return (new(partition, before, ends.Found ?? ends.Latest, ends.Found is null ? "no record is that young: the end" : null), null);
            case ResetTarget.At(var offset): return (Clamped(partition, before, offset, ends), null);
            case ResetTarget.Current when before is null: return (new(partition, before, ends.Latest, "nothing was committed: the end"), null);
            case ResetTarget.Current: return (Clamped(partition, before, before.Value, ends), null);
            case ResetTarget.ShiftBy when before is null: return (null, $"{partition} has no committed offset to shift from");
            case ResetTarget.ShiftBy(var records): return (Clamped(partition, before, Sum(before.Value, records), ends), null);
            default: throw new InvalidOperationException($"No plan for {target}");
        }
    }

    private static ResetStep Clamped(TopicPartition partition, long? before, long wanted, in Ends ends) =>
        wanted < ends.Earliest ? new(partition, before, ends.Earliest, $"{wanted} is before the first offset")
        : wanted > ends.Latest ? new(partition, before, ends.Latest, $"{wanted} is behind the end")
        : new(partition, before, wanted);

    private static long Sum(long left, long right) => (long)Int128.Clamp((Int128)left + right, long.MinValue, long.MaxValue);
}
