using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Segment;

namespace StreamActors.Storage.Tests;

public class RollingTests
{
    private const long Day = 86_400_000;

    [Fact]
    public void A_segment_ends_when_its_first_record_is_too_old_for_the_next()
    {
        using var fixture = new LogFixture(LogConfig.Default with { SegmentMs = Day });
        fixture.Append(Batches.Of(1, 1000));
        fixture.Append(Batches.Of(1, 1000 + Day));
        Assert.Equal(1, fixture.Log.View.SegmentCount);
        fixture.Append(Batches.Of(1, 1001 + Day));
        Assert.Equal(2, fixture.Log.View.SegmentCount);
    }

    [Fact]
    public void Jitter_ends_it_earlier_by_a_fraction_that_is_its_own_and_stays_the_same()
    {
        var config = LogConfig.Default with { SegmentMs = Day, SegmentJitterMs = Day / 2 };
        using var fixture = new LogFixture(config);
        var early = SegmentJitter.Of(fixture.LogFolder, 0, config);
        Assert.InRange(early, 1, Day / 2);
        fixture.Append(Batches.Of(1, 1000));
        fixture.Append(Batches.Of(1, 1000 + Day - early));
        Assert.Equal(1, fixture.Log.View.SegmentCount);
        fixture.Restart();
        fixture.Append(Batches.Of(1, 1001 + Day - early));
        Assert.Equal(2, fixture.Log.View.SegmentCount);
    }

    [Fact]
    public void Jitter_is_spread_over_partitions_and_over_segments()
    {
        var overPartitions = Enumerable.Range(0, 1000).Select(partition => SegmentJitter.Fraction($"/data/topic-{partition}", 0)).ToArray();
        var overSegments = Enumerable.Range(0, 1000).Select(segment => SegmentJitter.Fraction("/data/topic-0", segment * 1024)).ToArray();
        foreach (var fractions in new[] { overPartitions, overSegments })
        {
            Assert.All(fractions, fraction => Assert.InRange(fraction, 0, 0.9999999999999999));
            Assert.Equal(1000, fractions.Distinct().Count());
            for (var tenth = 0; tenth < 10; tenth++) Assert.InRange(fractions.Count(fraction => (int)(fraction * 10) == tenth), 60, 140);
        }
    }

    [Fact]
    public void A_segment_ends_when_its_index_is_full()
    {
        using var fixture = new LogFixture(LogConfig.Default with { IndexIntervalBytes = 1, SegmentIndexBytes = 12 * 5 });
        for (var batch = 0; batch < 20; batch++) fixture.Append(Batches.Of(1, 1000 + batch));
        fixture.Commit();
        Assert.True(fixture.Log.View.SegmentCount > 3);
        fixture.Restart();
        Assert.Equal(20, fixture.Log.View.LogEndOffset.Value);
        Assert.All(Directory.EnumerateFiles(fixture.LogFolder, "*index"), path => Assert.InRange(new FileInfo(path).Length, 0, 12 * 5));
    }

    [Fact]
    public void A_segment_ends_before_an_offset_that_its_index_could_not_say()
    {
        using var fixture = new LogFixture(new LogConfig { CleanupByDeletion = false, CleanupByCompaction = true });
        fixture.Log.AppendAsFollower(At(0), fixture.Now);
        fixture.Log.AppendAsFollower(At(int.MaxValue), fixture.Now);
        Assert.Equal(1, fixture.Log.View.SegmentCount);
        fixture.Log.AppendAsFollower(At(int.MaxValue + 1L), fixture.Now);
        Assert.Equal(2, fixture.Log.View.SegmentCount);
        Assert.Equal(int.MaxValue + 2L, fixture.Log.View.LogEndOffset.Value);
        fixture.Crash();
        Assert.Equal(int.MaxValue + 2L, fixture.Log.View.LogEndOffset.Value);
    }

    private static byte[] At(long offset)
    {
        var batch = Batches.Of(1);
        RecordBatchStamp.OffsetAndEpoch(batch, offset, 0);
        return batch;
    }
}
