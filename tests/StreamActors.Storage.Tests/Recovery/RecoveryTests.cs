using StreamActors.Protocol;
using StreamActors.Storage.Tests.LogDirs;

namespace StreamActors.Storage.Tests.Recovery;

public sealed class RecoveryTests
{
    private static readonly LogConfig Small = new() { SegmentBytes = 1000, IndexIntervalBytes = 100 };

    [Fact]
    public void A_tail_torn_at_any_byte_loses_only_the_batch_that_is_torn()
    {
        using var fixture = new LogFixture();
        fixture.Append(Batches.Of(2));
        fixture.Append(Batches.Of(3));
        var whole = new FileInfo(LastLog(fixture.LogFolder)).Length;
        var size = Batches.Of(3).Length;
        for (var cut = 1; cut <= size; cut += 7)
        {
            fixture.Crash(folder => Cut(LastLog(folder), whole - cut));
            Assert.Equal(2, fixture.Log.View.LogEndOffset.Value);
            Assert.Equal(2, LogReading.Consume(fixture.Log.View, Isolation.LogEnd).Count);
            Assert.Equal(2, fixture.Append(Batches.Of(3)).BaseOffset.Value);
        }
    }

    [Fact]
    public void Zeros_and_garbage_at_the_end_are_cut()
    {
        using var fixture = new LogFixture();
        fixture.Append(Batches.Of(2));
        foreach (var garbage in new byte[][] { new byte[4096], [.. Enumerable.Range(0, 500).Select(i => (byte)(i * 7))], Batches.Of(1)[..70] })
        {
            var size = new FileInfo(LastLog(fixture.LogFolder)).Length;
            fixture.Crash(folder => File.AppendAllBytes(LastLog(folder), garbage));
            Assert.Equal(2, fixture.Log.View.LogEndOffset.Value);
            Assert.Equal(garbage.Length, fixture.Log.Recovery.BytesCut);
            Assert.Equal(size, new FileInfo(LastLog(fixture.LogFolder)).Length);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_segment_that_a_crash_has_lost_ends_the_log_before_it(bool isGone)
    {
        using var fixture = new LogFixture(Small);
        for (var i = 0; i < 60; i++) fixture.Append(Batches.Of(2));
        var segments = Directory.GetFiles(fixture.LogFolder, "*.log").Order(StringComparer.Ordinal).ToArray();
        fixture.Crash(_ =>
        {
            if (isGone) File.Delete(segments[2]);
            else Cut(segments[2], 0);
        });
        Assert.Equal(long.Parse(Path.GetFileNameWithoutExtension(segments[2]), System.Globalization.CultureInfo.InvariantCulture), fixture.Log.View.LogEndOffset.Value);
        Assert.Equal(fixture.Log.View.LogEndOffset.Value, LogReading.Consume(fixture.Log.View, Isolation.LogEnd).Count);
        Assert.Empty(fixture.Log.Recovery.Damaged);
    }

    [Fact]
    public void What_was_synced_is_not_checked_again_but_for_its_last_segment()
    {
        using var fixture = new LogFixture(Small);
        for (var i = 0; i < 60; i++) fixture.Append(Batches.Of(2));
        fixture.Log.Sync();
        fixture.Crash();
        Assert.Equal(1, fixture.Log.Recovery.SegmentsChecked);
        Assert.Equal(120, LogReading.Consume(fixture.Log.View, Isolation.LogEnd).Count);
    }

    [Fact]
    public void Lost_or_damaged_indexes_and_snapshots_cost_no_record_even_after_a_clean_stop()
    {
        using var fixture = new LogFixture(Small);
        for (var i = 0; i < 60; i++) fixture.Append(Batches.OfProducer(i % 3, 0, i / 3));
        fixture.Log.Close(clean: true);
        var random = new Random(3);
        foreach (var file in Directory.GetFiles(fixture.LogFolder).Where(f => !f.EndsWith(".log", StringComparison.Ordinal) && !f.EndsWith("metadata", StringComparison.Ordinal)))
        {
            if (random.Next(2) == 0) File.Delete(file);
            else File.WriteAllBytes(file, [.. Enumerable.Range(0, 48).Select(_ => (byte)random.Next(256))]);
        }

        var log = fixture.Directory.OpenLog(LogFixture.Partition, LogFixture.Topic, Small, fixture.Now);
        Assert.Equal(60, LogReading.Consume(log.View, Isolation.LogEnd, 300).Count);
        Assert.Equal([19, 19, 19], log.Producers.Select(p => p.LastSequence));
        Assert.Equal([(0, 0L)], log.View.Epochs.Entries.Select(e => (e.Epoch, e.StartOffset)));
        log.Close(clean: false);
    }

    [Fact]
    public void A_folder_of_another_topic_of_that_name_is_set_aside()
    {
        using var fixture = new LogFixture();
        fixture.Append(Batches.Of(2));
        fixture.Log.Close(clean: true);
        var log = fixture.Directory.OpenLog(LogFixture.Partition, new TopicId(new Guid(5, 5, 5, new byte[8])), Small, fixture.Now);
        Assert.Equal(0, log.View.LogEndOffset.Value);
        Assert.Single(Directory.GetDirectories(fixture.Directory.Path, "*-stray"));
        log.Close(clean: true);
        fixture.Directory.Delete(LogFixture.Partition, new Guid(6, 6, 6, new byte[8]));
        Assert.Empty(fixture.Directory.FindPartitions());
    }

    private static string LastLog(string folder) => Directory.GetFiles(folder, "*.log").Max(StringComparer.Ordinal)!;

    private static void Cut(string path, long size)
    {
        using var file = File.OpenWrite(path);
        file.SetLength(size);
    }
}
