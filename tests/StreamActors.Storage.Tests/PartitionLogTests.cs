using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Tests.LogDirs;

namespace StreamActors.Storage.Tests;

public sealed class PartitionLogTests
{
    private static readonly LogConfig Small = new() { SegmentBytes = 1000, IndexIntervalBytes = 100 };

    [Fact]
    public void Many_appends_become_one_write_with_offsets_in_order()
    {
        using var fixture = new LogFixture();
        AppendItem[] items = [new(Batches.Of(3)), new(Batches.Of(1)), new(Batches.Of(2))];
        fixture.Log.Append(items, new LeaderEpoch(4), fixture.Now);
        Assert.Equal([(0, 2), (3, 3), (4, 5)], items.Select(item => (item.Outcome.BaseOffset.Value, item.Outcome.LastOffset.Value)));
        Assert.Equal(6, fixture.Log.View.LogEndOffset.Value);
        Assert.Equal(new LeaderEpoch(4), fixture.Log.View.Epochs.Latest);
        var read = fixture.Log.View.Read(Offset.Zero, 1 << 20, true, Isolation.LogEnd);
        Assert.Equal(items.SelectMany(item => item.Records.ToArray()), read.Records.ToArray());
    }

    [Fact]
    public void Readers_see_what_is_below_their_limit_and_in_whole_batches()
    {
        using var fixture = new LogFixture(Small);
        for (var i = 0; i < 40; i++) fixture.Append(Batches.Of(2));
        Assert.Equal(0, fixture.Log.View.Read(Offset.Zero, 1000, true, Isolation.Uncommitted).Records.Length);
        fixture.Log.AdvanceHighWatermark(new Offset(31));
        var size = Batches.Of(2).Length;
        Assert.Equal(size * 2, fixture.Log.View.Read(new Offset(1), size * 3 - 1, true, Isolation.Uncommitted).Records.Length);
        Assert.Equal(size, fixture.Log.View.Read(new Offset(1), 1, true, Isolation.Uncommitted).Records.Length);
        Assert.Equal(0, fixture.Log.View.Read(new Offset(1), 1, false, Isolation.Uncommitted).Records.Length);
        Assert.Equal(Enumerable.Range(0, 30).Select(i => (long)i), LogReading.Consume(fixture.Log.View, Isolation.Uncommitted).Select(r => r.Record.Offset.Value));
        Assert.Equal(ErrorCode.OffsetOutOfRange, fixture.Log.View.Read(new Offset(81), 1, true, Isolation.LogEnd).Error);
        Assert.Equal(ErrorCode.None, fixture.Log.View.Read(new Offset(80), 1, true, Isolation.LogEnd).Error);
        Assert.True(fixture.Log.View.SegmentCount > 3);
    }

    [Fact]
    public void A_segment_that_is_deleted_stays_readable_for_who_reads_it()
    {
        using var fixture = new LogFixture(Small with { RetentionBytes = 1000, FileDeleteDelayMs = 100 });
        for (var i = 0; i < 60; i++) fixture.Append(Batches.Of(2));
        fixture.Commit();
        var read = fixture.Log.View.Read(Offset.Zero, 500, true, Isolation.Uncommitted);
        Assert.True(fixture.Log.ApplyRetention(fixture.Now) > 3);
        Assert.True(fixture.Log.View.LogStartOffset > new Offset(50));
        Assert.Contains(Directory.GetFiles(fixture.LogFolder), file => file.EndsWith(".log.deleted", StringComparison.Ordinal));
        fixture.Log.ApplyRetention(new TimestampMs(fixture.Now.Value + 100));
        Assert.DoesNotContain(Directory.GetFiles(fixture.LogFolder), file => file.EndsWith(".deleted", StringComparison.Ordinal));
        Assert.Equal(Batches.Of(2)[61..], read.Records.ToArray()[61..Batches.Of(2).Length]);
        Assert.Equal(ErrorCode.OffsetOutOfRange, fixture.Log.View.Read(Offset.Zero, 500, true, Isolation.Uncommitted).Error);
    }

    [Fact]
    public void Truncates_across_segments_and_goes_on_from_there()
    {
        using var fixture = new LogFixture(Small);
        for (var i = 0; i < 40; i++) fixture.Append(Batches.Of(2), epoch: i / 10);
        fixture.Log.Sync();
        Assert.Equal(80, fixture.Log.RecoveryPoint.Value);
        fixture.Log.TruncateTo(new Offset(30));
        Assert.Equal(30, fixture.Log.View.LogEndOffset.Value);
        Assert.Equal(30, fixture.Log.RecoveryPoint.Value);
        Assert.Equal(1, fixture.Log.View.Epochs.Latest.Value);
        Assert.Equal(30, fixture.Append(Batches.Of(1), epoch: 7).BaseOffset.Value);
        fixture.Restart();
        Assert.Equal(31, fixture.Log.View.LogEndOffset.Value);
        Assert.Equal([(0, 0L), (1, 20L), (7, 30L)], fixture.Log.View.Epochs.Entries.Select(e => (e.Epoch, e.StartOffset)));
        Assert.Equal(31, LogReading.Consume(fixture.Log.View, Isolation.LogEnd).Count);
    }

    [Fact]
    public void A_follower_keeps_offsets_and_epochs_and_refuses_what_does_not_follow()
    {
        using var leader = new LogFixture(Small);
        using var follower = new LogFixture(Small);
        for (var i = 0; i < 20; i++) leader.Append(Batches.Of(2), epoch: i / 10);
        while (follower.Log.View.LogEndOffset < leader.Log.View.LogEndOffset)
        {
            var bytes = leader.Log.View.Read(follower.Log.View.LogEndOffset, 500, true, Isolation.LogEnd).Records.ToArray();
            // A fetch may be cut within a batch.
            Assert.Equal(ErrorCode.None, follower.Log.AppendAsFollower((byte[])[.. bytes, .. bytes[..30]], follower.Now).Error);
        }

        Assert.Equal(leader.Log.View.Epochs.Entries.AsEnumerable(), follower.Log.View.Epochs.Entries);
        Assert.Equal(40, LogReading.Consume(follower.Log.View, Isolation.LogEnd).Count);
        var old = leader.Log.View.Read(Offset.Zero, 10, true, Isolation.LogEnd).Records.ToArray();
        Assert.Equal(ErrorCode.OffsetOutOfRange, follower.Log.AppendAsFollower(old, follower.Now).Error);
        old[70] ^= 1;
        Assert.Equal(ErrorCode.CorruptMessage, follower.Log.AppendAsFollower(old, follower.Now).Error);
        Assert.Equal(40, follower.Log.View.LogEndOffset.Value);
    }

    [Fact]
    public void Log_append_time_is_stamped_by_the_log()
    {
        using var fixture = new LogFixture(new LogConfig { TimestampType = TimestampType.LogAppendTime });
        fixture.Now = new TimestampMs(5_000);
        Assert.Equal(5_000, fixture.Append(Batches.Of(2)).LogAppendTime.Value);
        Assert.All(LogReading.Consume(fixture.Log.View, Isolation.LogEnd), record => Assert.Equal(5_000, record.Record.Timestamp.Value));
        Assert.Equal(0, fixture.Log.View.MaxTimestamp()!.Value.Offset.Value);
    }

    [Fact]
    public void Finds_the_first_record_at_or_after_a_time()
    {
        using var fixture = new LogFixture(Small);
        for (var i = 0; i < 40; i++) fixture.Append(Batches.Of(2, timestamp: 1000 + 10 * i));
        fixture.Commit();
        for (var i = 0; i < 40; i++)
        {
            Assert.Equal(2 * i, fixture.Log.View.FindByTimestamp(new TimestampMs(1000 + 10 * i), Isolation.Uncommitted)!.Value.Offset.Value);
            Assert.Equal(2 * i + 1, fixture.Log.View.FindByTimestamp(new TimestampMs(1001 + 10 * i), Isolation.Uncommitted)!.Value.Offset.Value);
        }

        Assert.Null(fixture.Log.View.FindByTimestamp(new TimestampMs(1392), Isolation.Uncommitted));
        Assert.Equal((1391, 79), (fixture.Log.View.MaxTimestamp()!.Value.Timestamp.Value, fixture.Log.View.MaxTimestamp()!.Value.Offset.Value));
    }

    [Fact]
    public void Epochs_end_where_the_next_one_begins()
    {
        using var fixture = new LogFixture();
        foreach (var epoch in new[] { 1, 1, 3, 6 }) fixture.Append(Batches.Of(2), epoch);
        (int, long) End(int epoch)
        {
            var end = fixture.Log.View.EndOffsetForEpoch(new LeaderEpoch(epoch));
            return (end.Epoch.Value, end.EndOffset.Value);
        }

        Assert.Equal([(0, 0), (1, 4), (1, 4), (3, 6), (3, 6), (6, 8), (-1, -1)], new[] { 0, 1, 2, 3, 5, 6, 7 }.Select(End));
    }

    [Fact]
    public void Records_deleted_up_to_an_offset_are_gone_and_stay_gone()
    {
        using var fixture = new LogFixture(Small);
        for (var i = 0; i < 40; i++) fixture.Append(Batches.Of(2));
        fixture.Log.AdvanceHighWatermark(new Offset(50));
        Assert.Equal(ErrorCode.OffsetOutOfRange, fixture.Log.DeleteRecords(new Offset(51)));
        Assert.Equal(ErrorCode.None, fixture.Log.DeleteRecords(new Offset(33)));
        fixture.Restart();
        Assert.Equal(33, fixture.Log.View.LogStartOffset.Value);
        Assert.Equal(50, fixture.Log.View.HighWatermark.Value);
        Assert.Equal(33, LogReading.Consume(fixture.Log.View, Isolation.LogEnd)[0].Record.Offset.Value);
        Assert.True(fixture.Log.ApplyRetention(fixture.Now) > 0);
        fixture.Crash();
        Assert.Equal(33, fixture.Log.View.LogStartOffset.Value);
        Assert.Equal(80, fixture.Log.View.LogEndOffset.Value);
    }

    [Fact]
    public void Starts_anew_at_an_offset()
    {
        using var fixture = new LogFixture(Small);
        for (var i = 0; i < 40; i++) fixture.Append(Batches.Of(2));
        fixture.Log.TruncateFullyAndStartAt(new Offset(500), fixture.Now);
        Assert.Equal((500, 500, 500), (fixture.Log.View.LogStartOffset.Value, fixture.Log.View.HighWatermark.Value, fixture.Log.View.LogEndOffset.Value));
        fixture.Append(Batches.Of(2));
        fixture.Crash();
        Assert.Equal([500, 501], LogReading.Consume(fixture.Log.View, Isolation.LogEnd).Select(r => r.Record.Offset.Value));
    }

    [Fact]
    public void A_data_folder_has_one_process()
    {
        using var fixture = new LogFixture();
        Assert.Throws<DataFolderLockedException>(() =>
            LogDirectory.Open(StreamActors.Storage.Files.PhysicalDisk.Instance, fixture.Directory.Path, new BrokerId(1), Guid.Empty));
    }
}
