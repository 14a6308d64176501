using StreamActors.Commands.Groups;
using StreamActors.Protocol;

namespace StreamActors.Tests.Commands.Groups;

public sealed class ResetStepTests
{
    private static readonly TopicPartition Partition = new("t", 0);

    public static TheoryData<string, long?, long?, long?, string?> Plans => new()
    {
        // target, before, found, after, note
        { "earliest", 5, null, 2, null },
        { "latest", 5, null, 9, null },
        { "time", 5, 7L, 7, null },
        { "time", 5, null, 9, "no record is that young" },
        { "current", 5, null, 5, null },
        { "current", null, null, 9, "nothing was committed" },
        { "current", 1, null, 2, "1 is before the first offset" },
        { "at 4", null, null, 4, null },
        { "at 100", 5, null, 9, "100 is behind the end" },
        { "at 0", 5, null, 2, "0 is before the first offset" },
        { "shift -2", 5, null, 3, null },
        { "shift -100", 5, null, 2, "-95 is before the first offset" },
        { "shift 9223372036854775807", 5, null, 9, "is behind the end" },
    };

    [Theory]
    [MemberData(nameof(Plans))]
    public void An_offset_goes_where_it_should_within_the_log(string target, long? before, long? found, long? after, string? note)
    {
        var (step, fault) = ResetStep.Plan(Partition, before, new ResetStep.Ends(2, 9, found), Target(target));
        Assert.Null(fault);
        Assert.Equal((before, after), (step!.Before, step.After));
        if (note is null) Assert.Null(step.Note);
        else Assert.Contains(note, step.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_can_be_shifted_from_nowhere()
    {
        var (step, fault) = ResetStep.Plan(Partition, null, new ResetStep.Ends(2, 9, null), new ResetTarget.ShiftBy(1));
        Assert.Null(step);
        Assert.Contains("t-0 has no committed offset", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-11-26T12:00:00.250", 1_795_694_400_250)]
    [InlineData("2026-11-26T12:00:00Z", 1_795_694_400_000)]
    [InlineData("2026-11-26T20:00:00+08:00", 1_795_694_400_000)]
    [InlineData("2026-11-26", 1_795_651_200_000)]
    public void Times_are_UTC_unless_they_say_otherwise(string text, long ms)
    {
        Assert.True(ResetTarget.TryParseTime(text, out var time));
        Assert.Equal(ms, time.Value);
    }

    [Theory]
    [InlineData("noon")]
    [InlineData("1969-12-31T00:00:00Z")]
    public void Other_times_are_refused(string text) => Assert.False(ResetTarget.TryParseTime(text, out _));

    [Fact]
    public void Topics_are_named_with_or_without_partitions()
    {
        Assert.Equal(("orders", null), (ResetScope.Parse("orders")!.Topic, ResetScope.Parse("orders")!.Partitions));
        Assert.Equal([0, 2], ResetScope.Parse("orders:0,2")!.Partitions!);
        Assert.All(["", ":0", "orders:", "orders:x", "orders:-1"], text => Assert.Null(ResetScope.Parse(text)));
    }

    private static ResetTarget Target(string text) => text.Split(' ') switch
    {
        ["earliest"] => new ResetTarget.Earliest(),
        ["latest"] => new ResetTarget.Latest(),
        ["current"] => new ResetTarget.Current(),
        ["time"] => new ResetTarget.AtTime(new TimestampMs(1)),
        ["at", var offset] => new ResetTarget.At(long.Parse(offset)),
        ["shift", var records] => new ResetTarget.ShiftBy(long.Parse(records)),
        _ => throw new ArgumentException(text),
    };
}
