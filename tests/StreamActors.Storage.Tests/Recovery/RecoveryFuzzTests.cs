using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Tests.Files;

namespace StreamActors.Storage.Tests.Recovery;

/// <summary>
/// Damage of every kind in any file of a data folder: opening never crashes, what is read passes its CRC, what was durable is there or said to be
/// damaged, and the log goes on. A failing seed is an argument of <see cref="Survives"/>.
/// </summary>
public sealed class RecoveryFuzzTests : IDisposable
{
    private const int Seeds = 150;
    private static readonly LogConfig Config = new() { SegmentBytes = 3000, IndexIntervalBytes = 150, FileDeleteDelayMs = 0 };
    private static readonly TimestampMs Now = new(1000);
    private readonly FaultyDisk disk = new() { IgnoresSync = true };
    private readonly TempFolder folders = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Any_file_may_be_damaged_in_any_way(bool isClean)
    {
        var template = folders.In("template");
        var flushed = Fill(template, isClean);
        for (var seed = 0; seed < Seeds; seed++) Survives(template, flushed, seed);
    }

    public void Dispose() => folders.Dispose();

    private void Survives(string template, long flushed, int seed)
    {
        var folder = folders.In($"damaged-{seed}");
        Copy(template, folder);
        var random = new Random(seed);
        var damage = string.Join("; ", Enumerable.Range(0, random.Next(1, 3)).Select(_ => Damage(folder, random)));
        try
        {
            Check(folder, LeavesTheFlushedPointKnown(damage) ? flushed : 0);
            Check(folder, 0);
        }
        catch (Exception refused) when (refused is PartitionFolderDamagedException or DataFolderMismatchException or InvalidDataException)
        {
            // Whose the folder is cannot be told any more: a clear refusal, and nothing was touched.
            Assert.True(damage.Contains("metadata", StringComparison.Ordinal) || damage.Contains("meta.properties", StringComparison.Ordinal), $"Seed {seed}: {damage}: {refused}");
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"Seed {seed}: {damage}", failure);
        }

        Directory.Delete(folder, recursive: true);
    }

    /// <summary>An id in partition.metadata that was damaged may be another topic's, whose folder is set aside.</summary>
    private static bool LeavesTheFlushedPointKnown(string damage) =>
        !damage.Contains("checkpoint", StringComparison.Ordinal) && !damage.Contains("cleanshutdown", StringComparison.Ordinal)
        && !damage.Contains("partition.metadata", StringComparison.Ordinal);

    private void Check(string path, long flushed)
    {
        var directory = LogDirectory.Open(disk, path, new BrokerId(1), new Guid(9, 9, 9, new byte[8]));
        try
        {
            var log = directory.OpenLog(LogFixture.Partition, LogFixture.Topic, Config, Now);
            var end = log.View.LogEndOffset.Value;
            Assert.True(end >= flushed, $"The log ends at {end}, below {flushed}");
            for (var offset = log.View.LogStartOffset.Value; offset < end; offset++) CheckRead(log, new Offset(offset));
            var item = new AppendItem(Batches.Of(2));
            log.Append([item], new LeaderEpoch(9), Now);
            Assert.Equal((ErrorCode.None, end), (item.Outcome.Error, item.Outcome.BaseOffset.Value));
            CheckRead(log, new Offset(end));
            log.AdvanceHighWatermark(log.View.LogEndOffset);
            log.Sync();
            log.View.FindByTimestamp(new TimestampMs(1), Isolation.LogEnd);
            log.View.MaxTimestamp();
            log.Close(clean: true);
            Assert.False(directory.IsOffline, directory.Failure?.ToString());
        }
        finally
        {
            foreach (var left in directory.OpenLogs) left.Close(clean: false);
            directory.Close(clean: true);
        }
    }

    private static void CheckRead(PartitionLog log, Offset offset)
    {
        var read = log.View.Read(offset, 500, minOneBatch: true, Isolation.LogEnd);
        Assert.Contains(read.Error, (ErrorCode[])[ErrorCode.None, ErrorCode.CorruptMessage]);
        var batches = new RecordBatchReader(read.Records.ToArray());
        while (batches.MoveNext()) Assert.True(batches.Current.IsCrcValid, $"A bad batch is served at {offset}");
        Assert.Equal(BatchError.None, batches.Error);
    }

    /// <summary>A log of several segments with producers, an aborted transaction and two epochs; the last batches are not synced.</summary>
    private long Fill(string path, bool isClean)
    {
        var directory = LogDirectory.Open(disk, path, new BrokerId(1), new Guid(9, 9, 9, new byte[8]));
        directory.BelongTo("AAAAAAAAAAAAAAAAAAAAAA");
        var log = directory.OpenLog(LogFixture.Partition, LogFixture.Topic, Config, Now);
        for (var i = 0; i < 60; i++)
        {
            AppendItem[] items = [new(Batches.OfProducer(i % 3, 0, i / 3)), new(Batches.Of(1 + (i % 4)))];
            log.Append(items, new LeaderEpoch(i / 40), Now);
            Assert.All(items, item => Assert.Equal(ErrorCode.None, item.Outcome.Error));
            if (i == 50) log.Sync();
        }

        log.AdvanceHighWatermark(log.View.LogEndOffset);
        directory.WriteCheckpoints();
        var flushed = isClean ? log.View.LogEndOffset : log.RecoveryPoint;
        log.Close(isClean);
        directory.Close(isClean);
        return flushed.Value;
    }

    private static string Damage(string folder, Random random)
    {
        var files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
        var path = files[random.Next(files.Length)];
        var bytes = File.ReadAllBytes(path);
        var (what, damaged) = random.Next(6) switch
        {
            0 => ("a bit", Flip(bytes, random)),
            1 => ("a run", Overwrite(bytes, random, zeros: false)),
            2 => ("zeros", Overwrite(bytes, random, zeros: true)),
            3 => ("cut", bytes[..random.Next(bytes.Length + 1)]),
            4 => ("longer", [.. bytes, .. Garbage(random)]),
            _ => ("gone", null),
        };
        if (damaged is null) File.Delete(path);
        else File.WriteAllBytes(path, damaged);
        return $"{Path.GetFileName(path)}: {what}";
    }

    private static byte[] Flip(byte[] bytes, Random random)
    {
        if (bytes.Length > 0) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        return bytes;
    }

    private static byte[] Overwrite(byte[] bytes, Random random, bool zeros)
    {
        if (bytes.Length == 0) return bytes;
        var at = random.Next(bytes.Length);
        var run = bytes.AsSpan(at, Math.Min(bytes.Length - at, random.Next(1, 200)));
        if (zeros) run.Clear();
        else random.NextBytes(run);
        return bytes;
    }

    private static byte[] Garbage(Random random)
    {
        var garbage = new byte[random.Next(1, 300)];
        random.NextBytes(garbage);
        return garbage;
    }

    private static void Copy(string from, string to)
    {
        foreach (var path in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy);
        }
    }
}
