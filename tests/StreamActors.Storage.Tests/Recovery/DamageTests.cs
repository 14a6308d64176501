using StreamActors.Protocol;
using StreamActors.Storage.Recovery;
using StreamActors.Storage.Tests.LogDirs;

namespace StreamActors.Storage.Tests.Recovery;

/// <summary>What the disk lost after it had confirmed it: told apart from a torn tail, kept, reported, and never served.</summary>
public sealed class DamageTests
{
    private static readonly LogConfig Small = new() { SegmentBytes = 1000, IndexIntervalBytes = 100 };

    [Fact]
    public void A_bit_flipped_below_the_flushed_point_costs_its_batch_alone_and_is_told_to_whoever_reads_it()
    {
        using var fixture = Filled(batches: 10, synced: 10);
        fixture.Crash(folder => FlipBatch(folder, 4));
        Assert.Equal([Range(8, 10)], fixture.Log.Recovery.Damaged.AsEnumerable());
        Assert.Equal(0, fixture.Log.Recovery.BytesCut);
        Assert.Equal(20, fixture.Log.View.LogEndOffset.Value);
        AssertReads(fixture, from: 0, 0, 1, 2, 3, 4, 5, 6, 7);
        Assert.Equal(ErrorCode.CorruptMessage, Read(fixture, 8).Error);
        Assert.Equal(ErrorCode.CorruptMessage, Read(fixture, 9).Error);
        AssertReads(fixture, from: 10, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19);
        Assert.Equal(20, fixture.Append(Batches.Of(2)).BaseOffset.Value);
        fixture.Restart();
        Assert.Equal(ErrorCode.CorruptMessage, Read(fixture, 9).Error);
        AssertReads(fixture, from: 18, 18, 19, 20, 21);
    }

    [Fact]
    public void A_length_that_was_damaged_below_the_flushed_point_does_not_hide_what_follows()
    {
        using var fixture = Filled(batches: 10, synced: 10);
        fixture.Crash(folder => Overwrite(LastLog(folder), (4 * Batches.Of(2).Length) + 8, [0x7F, 0xFF, 0xFF, 0xFF]));
        Assert.Equal([Range(8, 10)], fixture.Log.Recovery.Damaged.AsEnumerable());
        Assert.Equal(ErrorCode.CorruptMessage, Read(fixture, 8).Error);
        AssertReads(fixture, from: 10, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19);
    }

    [Fact]
    public void A_file_that_was_cut_below_the_flushed_point_does_not_give_its_offsets_away_again()
    {
        using var fixture = Filled(batches: 10, synced: 6);
        fixture.Crash(folder => Cut(LastLog(folder), 4 * Batches.Of(2).Length));
        Assert.Equal([Range(8, 12)], fixture.Log.Recovery.Damaged.AsEnumerable());
        Assert.Equal(12, fixture.Append(Batches.Of(2)).BaseOffset.Value);
        AssertReads(fixture, from: 0, 0, 1, 2, 3, 4, 5, 6, 7);
        Assert.Equal(ErrorCode.CorruptMessage, Read(fixture, 8).Error);
        AssertReads(fixture, from: 12, 12, 13);
        fixture.Crash();
        Assert.Empty(fixture.Log.Recovery.Damaged);
        Assert.Equal(ErrorCode.CorruptMessage, Read(fixture, 11).Error);
        AssertReads(fixture, from: 12, 12, 13);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Files_that_are_all_gone_do_not_give_their_offsets_away_again(bool isClean)
    {
        using var fixture = Filled(batches: 10, synced: 10);
        fixture.Log.Close(isClean);
        foreach (var path in Directory.GetFiles(fixture.LogFolder, "0*")) File.Delete(path);
        var log = fixture.Directory.OpenLog(LogFixture.Partition, LogFixture.Topic, LogConfig.Default, fixture.Now);
        Assert.Equal([Range(0, 20)], log.Recovery.Damaged.AsEnumerable());
        Assert.Equal((0L, 20L), (log.View.LogStartOffset.Value, log.View.LogEndOffset.Value));
        var item = new AppendItem(Batches.Of(2));
        log.Append([item], new LeaderEpoch(1), fixture.Now);
        Assert.Equal((ErrorCode.None, 20L), (item.Outcome.Error, item.Outcome.BaseOffset.Value));
        Assert.Equal(ErrorCode.CorruptMessage, log.View.Read(Offset.Zero, 1 << 20, minOneBatch: true, Isolation.LogEnd).Error);
        Assert.Equal([20L, 21], LogReading.Offsets(log.View.Read(new Offset(20), 1 << 20, minOneBatch: true, Isolation.LogEnd)));
        log.Close(clean: false);
    }

    [Fact]
    public void The_same_at_or_behind_the_flushed_point_is_a_torn_tail_and_cut()
    {
        using var fixture = Filled(batches: 10, synced: 4);
        fixture.Crash(folder => FlipBatch(folder, 4));
        Assert.Empty(fixture.Log.Recovery.Damaged);
        Assert.Equal(8, fixture.Log.View.LogEndOffset.Value);
        Assert.Equal(6 * Batches.Of(2).Length, fixture.Log.Recovery.BytesCut);
    }

    [Fact]
    public void A_checkpoint_that_was_damaged_itself_makes_no_offsets_up()
    {
        using var fixture = Filled(batches: 10, synced: 10);
        fixture.Crash(folder => File.WriteAllText(
            Path.Combine(Path.GetDirectoryName(folder)!, "recovery-point-offset-checkpoint"), "0\n1\ntopic 0 9000000000000\n"));
        Assert.Empty(fixture.Log.Recovery.Damaged);
        Assert.Equal(20, fixture.Log.View.LogEndOffset.Value);
    }

    [Fact]
    public void After_a_clean_stop_damage_is_found_when_it_is_read()
    {
        using var fixture = Filled(batches: 10, synced: 10);
        fixture.Log.Close(clean: true);
        FlipBatch(fixture.LogFolder, 4);
        var log = fixture.Directory.OpenLog(LogFixture.Partition, LogFixture.Topic, LogConfig.Default, fixture.Now);
        Assert.Equal(0, log.Recovery.SegmentsChecked);
        Assert.Equal(8, LogReading.Offsets(log.View.Read(Offset.Zero, 1 << 20, minOneBatch: true, Isolation.LogEnd)).Count);
        Assert.Equal(ErrorCode.CorruptMessage, log.View.Read(new Offset(8), 1 << 20, minOneBatch: true, Isolation.LogEnd).Error);
        Assert.Equal(10, LogReading.Offsets(log.View.Read(new Offset(10), 1 << 20, minOneBatch: true, Isolation.LogEnd)).Count);
        log.Close(clean: false);
    }

    [Fact]
    public void An_index_that_points_past_records_does_not_hide_them()
    {
        using var fixture = new LogFixture(Small);
        for (var i = 0; i < 60; i++) fixture.Append(Batches.Of(2));
        fixture.Log.Close(clean: true);
        foreach (var path in Directory.GetFiles(fixture.LogFolder, "*.index"))
        {
            var bytes = File.ReadAllBytes(path);
            // Entries that are not the first or the last, which are looked at when it is opened, get the position of the one behind.
            for (var at = 8; at + 16 < bytes.Length; at += 8) bytes.AsSpan(at + 12, 4).CopyTo(bytes.AsSpan(at + 4));
            File.WriteAllBytes(path, bytes);
        }

        var log = fixture.Directory.OpenLog(LogFixture.Partition, LogFixture.Topic, Small, fixture.Now);
        for (var offset = 0; offset < 120; offset++)
            Assert.Equal(offset - (offset % 2), LogReading.Offsets(log.View.Read(new Offset(offset), 1, minOneBatch: true, Isolation.LogEnd))[0]);
        log.Close(clean: false);
    }

    private static LogFixture Filled(int batches, int synced)
    {
        var fixture = new LogFixture();
        for (var i = 0; i < batches; i++)
        {
            fixture.Append(Batches.Of(2));
            if (i + 1 == synced) fixture.Log.Sync();
        }

        fixture.Commit();
        return fixture;
    }

    private static LogReadResult Read(LogFixture fixture, long offset) =>
        fixture.Log.View.Read(new Offset(offset), 1 << 20, minOneBatch: true, Isolation.LogEnd);

    private static void AssertReads(LogFixture fixture, long from, params long[] offsets)
    {
        var read = new List<long>();
        while (read.Count < offsets.Length)
        {
            var next = LogReading.Offsets(Read(fixture, read.Count == 0 ? from : read[^1] + 1));
            Assert.NotEmpty(next);
            read.AddRange(next);
        }

        Assert.Equal(offsets, read);
    }

    private static DamagedRange Range(long from, long to) => new(new Offset(from), new Offset(to));

    private static string LastLog(string folder) => Directory.GetFiles(folder, "*.log").Max(StringComparer.Ordinal)!;

    private static void FlipBatch(string folder, int index)
    {
        var path = LastLog(folder);
        var at = (index * Batches.Of(2).Length) + 70;
        Overwrite(path, at, [(byte)(File.ReadAllBytes(path)[at] ^ 1)]);
    }

    private static void Overwrite(string path, long position, byte[] bytes)
    {
        using var file = File.OpenWrite(path);
        file.Position = position;
        file.Write(bytes);
    }

    private static void Cut(string path, long size)
    {
        using var file = File.OpenWrite(path);
        file.SetLength(size);
    }
}
