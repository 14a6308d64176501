using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Compaction;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Tests.Compaction;

public sealed class CompactionTests
{
    private static readonly LogConfig Compacted = new() { CleanupByCompaction = true, CleanupByDeletion = false, DeleteRetentionMs = 1000 };

    [Fact]
    public void The_last_value_of_each_key_stays_with_its_offset()
    {
        using var fixture = new LogFixture(Compacted);
        foreach (var (key, value) in new[] { ("a", "1"), ("b", "1"), ("a", "2"), ("c", "1"), ("b", "2") }) fixture.Append(Cleaning.Batch(key, value));
        Seal(fixture);
        fixture.Append(Cleaning.Batch("a", "3"));
        fixture.Commit();
        Assert.Equal(1, Cleaning.Run(fixture.Log, fixture.Now));
        Assert.Equal([(2, "a", "2"), (3, "c", "1"), (4, "b", "2"), (5, "a", "3")], Cleaning.Contents(fixture.Log));
        Assert.Equal((0, 6), (fixture.Log.View.LogStartOffset.Value, fixture.Log.View.LogEndOffset.Value));
        Assert.Equal(5, fixture.Log.FirstDirtyOffset.Value);
        fixture.Restart();
        Assert.Equal([(2, "a", "2"), (3, "c", "1"), (4, "b", "2"), (5, "a", "3")], Cleaning.Contents(fixture.Log));
        Assert.Equal(5, fixture.Log.FirstDirtyOffset.Value);
    }

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void A_batch_keeps_what_it_says_of_itself_when_it_loses_records(CompressionCodec codec)
    {
        using var fixture = new LogFixture(Compacted);
        fixture.Append(Cleaning.Batch([("a", "1"), ("b", "1"), ("c", "1")], 77, codec, producer: 9, epoch: 3, sequence: 0), epoch: 4);
        fixture.Append(Cleaning.Batch([("b", "2"), ("c", "2")], 78, codec), epoch: 5);
        var untouched = Cleaning.BatchesOf(fixture.Log)[1].Memory.ToArray();
        Seal(fixture);
        Cleaning.Run(fixture.Log, fixture.Now);
        var batches = Cleaning.BatchesOf(fixture.Log);
        var header = batches[0].Header;
        Assert.Equal((0L, 2L, 1, 4), (header.BaseOffset, header.LastOffset, header.Count, header.PartitionLeaderEpoch));
        Assert.Equal((9L, (short)3, 0, 2, codec), (header.ProducerId, header.ProducerEpoch, header.BaseSequence, header.LastSequence, header.Codec));
        Assert.True(batches[1].Memory.Span.SequenceEqual(untouched), "A batch that loses nothing stays as it is.");
    }

    [Fact]
    public void A_tombstone_gets_a_horizon_first_and_goes_when_that_is_past()
    {
        using var fixture = new LogFixture(Compacted);
        fixture.Append(Cleaning.Batch([("a", "1"), ("b", "1")]));
        fixture.Append(Cleaning.Batch("a", null));
        Seal(fixture);
        Cleaning.Run(fixture.Log, new TimestampMs(5000));
        Assert.Equal([(1, "b", "1"), (2, "a", null)], Cleaning.Contents(fixture.Log));
        Assert.Equal(6000, Cleaning.BatchesOf(fixture.Log)[1].Header.DeleteHorizonMs);
        Assert.Equal(1000, LogDirs.LogReading.Consume(fixture.Log.View, Isolation.LogEnd)[1].Record.Timestamp.Value);

        Dirty(fixture, "x");
        Cleaning.Run(fixture.Log, new TimestampMs(5999));
        Assert.Contains((2, "a", null), Cleaning.Contents(fixture.Log));
        Dirty(fixture, "y");
        Cleaning.Run(fixture.Log, new TimestampMs(6000));
        Assert.DoesNotContain(Cleaning.Contents(fixture.Log), record => record.Key == "a");
    }

    [Fact]
    public void Aborted_records_go_at_once_and_markers_when_nothing_of_their_transaction_is_left()
    {
        using var fixture = new LogFixture(Compacted);
        fixture.Append(Cleaning.Batch("a", "kept"));
        fixture.Append(Cleaning.Batch([("a", "aborted")], producer: 1, sequence: 0, transactional: true));
        fixture.Append(Batches.Marker(1, 0, ControlRecordType.Abort));
        fixture.Append(Cleaning.Batch([("b", "committed")], producer: 2, sequence: 0, transactional: true));
        fixture.Append(Batches.Marker(2, 0, ControlRecordType.Commit));
        // The producers go on, so that nothing is kept on their behalf.
        foreach (var producer in new[] { 1, 2 })
        {
            fixture.Append(Cleaning.Batch([($"p{producer}", "1")], producer: producer, sequence: 1, transactional: true));
            fixture.Append(Batches.Marker(producer, 0, ControlRecordType.Commit));
        }

        Seal(fixture);
        Cleaning.Run(fixture.Log, new TimestampMs(5000));
        Assert.Equal([(0, "a", "kept"), (3, "b", "committed"), (5, "p1", "1"), (7, "p2", "1")], Cleaning.Contents(fixture.Log, Isolation.LogEnd));
        Assert.Equal([2, 4, 6, 8], Markers(fixture.Log));

        fixture.Append(Cleaning.Batch("b", "superseded"));
        Dirty(fixture, "x");
        Cleaning.Run(fixture.Log, new TimestampMs(5000));
        Assert.Equal([2, 4, 6, 8], Markers(fixture.Log));
        Dirty(fixture, "y");
        Cleaning.Run(fixture.Log, new TimestampMs(6000));
        Assert.Equal([4, 6, 8], Markers(fixture.Log));
        Dirty(fixture, "z");
        Cleaning.Run(fixture.Log, new TimestampMs(7000));
        Assert.Equal([6, 8], Markers(fixture.Log));
        fixture.Crash();
        Assert.Equal(fixture.Log.View.LogEndOffset, fixture.Log.View.LastStableOffset);
    }

    [Fact]
    public void What_an_active_producer_has_written_last_stays_known()
    {
        using var fixture = new LogFixture(Compacted);
        fixture.Append(Cleaning.Batch([("a", "1")], producer: 1, sequence: 0));
        fixture.Append(Cleaning.Batch([("a", "2")], producer: 1, sequence: 1));
        fixture.Append(Cleaning.Batch("a", "3"));
        Seal(fixture);
        Cleaning.Run(fixture.Log, fixture.Now);
        Assert.Equal([(2, "a", "3")], Cleaning.Contents(fixture.Log));
        Assert.Equal([1, 2], Cleaning.BatchesOf(fixture.Log).Select(batch => batch.Header.BaseOffset));
        fixture.Crash(folder => Array.ForEach(Directory.GetFiles(folder, "*.snapshot"), File.Delete));
        Assert.Equal(1, fixture.Log.Producers.Single().LastSequence);
        Assert.True(fixture.Append(Cleaning.Batch([("a", "2")], producer: 1, sequence: 1)).IsDuplicate);
    }

    [Fact]
    public void The_highest_timestamp_is_that_of_a_record_though_an_emptied_batch_had_a_higher_one()
    {
        using var fixture = new LogFixture(Compacted);
        fixture.Append(Cleaning.Batch([("a", "1")], 9000, producer: 1, sequence: 0));
        fixture.Append(Cleaning.Batch("b", "1", 5000));
        fixture.Append(Cleaning.Batch("a", "2", 4000));
        Seal(fixture);
        Assert.Equal(0, fixture.Log.View.MaxTimestamp()!.Value.Offset.Value);
        Cleaning.Run(fixture.Log, fixture.Now);
        Assert.Equal((1L, 5000L), (fixture.Log.View.MaxTimestamp()!.Value.Offset.Value, fixture.Log.View.MaxTimestamp()!.Value.Timestamp.Value));
        Assert.Null(fixture.Log.View.FindByTimestamp(new TimestampMs(6000), Isolation.Uncommitted));
    }

    [Fact]
    public void Small_segments_become_one_and_readers_of_the_old_ones_go_on()
    {
        using var fixture = new LogFixture(Compacted);
        for (var i = 0; i < 10; i++) Dirty(fixture, $"k{i % 3}", $"{i}");
        var before = fixture.Log.View;
        Assert.Equal(11, before.SegmentCount);
        Assert.Equal(1, Cleaning.Run(fixture.Log, fixture.Now));
        Assert.Equal(2, fixture.Log.View.SegmentCount);
        Assert.True(fixture.Log.View.SizeInBytes < before.SizeInBytes);
        Assert.Equal(10, LogDirs.LogReading.Consume(before, Isolation.LogEnd).Count);
        Assert.Equal([(7, "k1", "7"), (8, "k2", "8"), (9, "k0", "9")], Cleaning.Contents(fixture.Log));
        fixture.Log.ApplyRetention(new TimestampMs(fixture.Now.Value + Compacted.FileDeleteDelayMs));
        Assert.Equal(["00000000000000000000.log", "00000000000000000010.log"], Files(fixture, "*.log*"));
        Assert.Equal(10, LogDirs.LogReading.Consume(before, Isolation.LogEnd).Count);
    }

    [Fact]
    public void Nothing_is_taken_that_may_still_change()
    {
        using var fixture = new LogFixture(Compacted with { MinCompactionLagMs = 100 });
        for (var i = 0; i < 5; i++) Dirty(fixture, "a", $"{i}", timestamp: 1000 + i * 10);
        Assert.Equal(3, Uncleanable(fixture, 1125));
        Assert.Equal(5, Uncleanable(fixture, 2000));
        Assert.Equal(0, Uncleanable(fixture, 1000));
        fixture.Append(Cleaning.Batch([("t", "1")], producer: 1, sequence: 0, transactional: true));
        Dirty(fixture, "a", "5");
        Dirty(fixture, "a", "6");
        Assert.Equal(5, Uncleanable(fixture, 9000));
    }

    [Fact]
    public void A_log_is_due_by_its_dirty_ratio_or_its_age()
    {
        var config = Compacted with { MaxCompactionLagMs = 500 };
        using var fixture = new LogFixture(config);
        for (var i = 0; i < 8; i++) Dirty(fixture, $"{i}");
        Assert.Equal(1.0, fixture.Log.Cleanable(fixture.Now).DirtyRatio);
        Assert.True(fixture.Log.Cleanable(fixture.Now).IsDue(config));
        Cleaning.Run(fixture.Log, fixture.Now);
        Assert.False(fixture.Log.Cleanable(fixture.Now).IsDue(config));
        fixture.Append(Cleaning.Batch("0", "new"));
        fixture.Commit();
        fixture.Log.RollToCompact(new TimestampMs(1500));
        Assert.False(fixture.Log.Cleanable(new TimestampMs(1500)).IsDue(config));
        fixture.Log.RollToCompact(new TimestampMs(1501));
        var late = fixture.Log.Cleanable(new TimestampMs(1501));
        Assert.True(late.DirtyRatio < 0.5);
        Assert.True(late.IsDue(config));
    }

    [Fact]
    public void What_supersedes_is_durable_before_what_it_supersedes_goes()
    {
        using var fixture = new LogFixture(Compacted);
        Dirty(fixture, "a", "1");
        Dirty(fixture, "a", "2");
        Assert.Equal(0, fixture.Log.RecoveryPoint.Value);
        using var pass = fixture.Log.BeginCleaning(new CleanerLimits(), fixture.Now);
        pass.Advance(1);
        Assert.Equal(2, fixture.Log.RecoveryPoint.Value);
    }

    [Fact]
    public void A_map_that_is_full_ends_the_pass_there_and_the_next_goes_on()
    {
        using var fixture = new LogFixture(Compacted);
        var limits = new CleanerLimits(MapBytes: 1, MapLoadFactor: 0.5);
        for (var i = 0; i < 1200; i++) fixture.Append(Cleaning.Batch($"{i % 600}", $"{i}"));
        Seal(fixture);
        Cleaning.Run(fixture.Log, fixture.Now, limits);
        Assert.Equal(512, fixture.Log.FirstDirtyOffset.Value);
        Assert.Equal(1200, Cleaning.Contents(fixture.Log).Count);
        Cleaning.Run(fixture.Log, fixture.Now, limits);
        Cleaning.Run(fixture.Log, fixture.Now, limits);
        Assert.Equal(1200, fixture.Log.FirstDirtyOffset.Value);
        Assert.Equal(Enumerable.Range(600, 600).Select(i => (long)i), Cleaning.Contents(fixture.Log).Select(record => record.Offset));
    }

    [Fact]
    public void A_log_that_is_cut_while_it_is_compacted_keeps_what_it_has()
    {
        using var fixture = new LogFixture(Compacted);
        for (var i = 0; i < 4; i++) Dirty(fixture, "a", $"{i}");
        using var pass = fixture.Log.BeginCleaning(new CleanerLimits(), fixture.Now);
        var state = CleaningState.Working;
        while (state == CleaningState.Working) state = pass.Advance(1);
        fixture.Log.TruncateTo(new Offset(2));
        fixture.Append(Cleaning.Batch("a", "new"));
        Assert.False(fixture.Log.Swap(pass.Group!, fixture.Now));
        fixture.Log.EndCleaning(pass);
        Assert.Equal(0, fixture.Log.FirstDirtyOffset.Value);
        Assert.Equal([(0, "a", "0"), (1, "a", "1"), (2, "a", "new")], Cleaning.Contents(fixture.Log));
        Assert.Empty(Files(fixture, "*.cleaned"));
    }

    [Fact]
    public void A_cut_below_the_clean_part_makes_what_follows_dirty()
    {
        using var fixture = new LogFixture(Compacted);
        for (var i = 0; i < 4; i++) Dirty(fixture, $"{i}");
        Cleaning.Run(fixture.Log, fixture.Now);
        Assert.Equal(4, fixture.Log.FirstDirtyOffset.Value);
        fixture.Log.TruncateTo(new Offset(1));
        Assert.Equal(1, fixture.Log.FirstDirtyOffset.Value);
        fixture.Restart();
        Assert.Equal(1, fixture.Log.FirstDirtyOffset.Value);
    }

    [Theory]
    [InlineData(90, 0xEE)]
    [InlineData(2, 1)] // its first offset, which no CRC covers
    public void A_damaged_batch_ends_the_pass_and_nothing_changes(int position, byte damage)
    {
        using var fixture = new LogFixture(Compacted);
        for (var i = 0; i < 4; i++) fixture.Append(Cleaning.Batch("a", $"{i}"));
        Seal(fixture);
        using (var file = PhysicalDisk.Instance.Open(Path.Combine(fixture.LogFolder, "00000000000000000000.log"), DiskMode.Open))
        {
            file.Write(position, [damage]);
        }

        Assert.Throws<CorruptLogException>(() => Cleaning.Run(fixture.Log, fixture.Now));
        Assert.Empty(Files(fixture, "*.cleaned"));
        Assert.Equal(0, fixture.Log.FirstDirtyOffset.Value);
    }

    [Fact]
    public void Both_policies_together_delete_what_is_old_and_compact_the_rest()
    {
        using var fixture = new LogFixture(Compacted with { CleanupByDeletion = true, RetentionMs = 1000 });
        Dirty(fixture, "old", timestamp: 1000);
        for (var i = 0; i < 3; i++) Dirty(fixture, "a", $"{i}", timestamp: 5000);
        Assert.Equal(1, fixture.Log.ApplyRetention(new TimestampMs(5500)));
        Cleaning.Run(fixture.Log, new TimestampMs(5500));
        Assert.Equal([(3, "a", "2")], Cleaning.Contents(fixture.Log));
        Assert.Equal(1, fixture.Log.View.LogStartOffset.Value);
    }

    private static void Dirty(LogFixture fixture, string key, string value = "v", long timestamp = 1000)
    {
        fixture.Append(Cleaning.Batch(key, value, timestamp));
        Seal(fixture);
    }

    private static void Seal(LogFixture fixture)
    {
        fixture.Commit();
        fixture.Log.Roll(fixture.Now);
    }

    private static long Uncleanable(LogFixture fixture, long now) => fixture.Log.Cleanable(new TimestampMs(now)).FirstUncleanableOffset.Value;

    private static IEnumerable<long> Markers(PartitionLog log) =>
        Cleaning.BatchesOf(log).Where(batch => batch.Header.IsControl).Select(batch => batch.Header.BaseOffset);

    private static IEnumerable<string> Files(LogFixture fixture, string pattern) =>
        Directory.GetFiles(fixture.LogFolder, pattern).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);
}
