using BenchmarkDotNet.Attributes;
using Microsoft.Win32.SafeHandles;
using StreamActors.Benchmarks.Load;
using StreamActors.Benchmarks.Measuring;
using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage;
using StreamActors.Storage.Files;

namespace StreamActors.Benchmarks.Parts;

/// <summary>A log on a real disk, without an actor. What is appended is deleted again, a segment at a time.</summary>
public class LogParts
{
    private static readonly TimestampMs Now = TimestampMs.Of(DateTimeOffset.UnixEpoch.AddYears(56));
    private static readonly LogConfig Config = new() { SegmentBytes = 64 << 20, RetentionBytes = 256 << 20, FileDeleteDelayMs = 0 };

    private readonly byte[] batch = Requests.Batch();
    private readonly byte[] tiny = Requests.TinyBatch();
    private readonly byte[] buffer = new byte[64 * 1024];
    private readonly byte[] memory = new byte[2 << 20];
    private readonly TempFolder folder = new();
    private SafeFileHandle plain = null!;
    private AppendItem[] large = [];
    private AppendItem[] small = [];
    private PartitionLog log = null!;
    private PartitionLog still = null!;
    private int records;
    private int segments;
    private int reads;

    [GlobalSetup]
    public void Open()
    {
        var directory = LogDirectory.Open(PhysicalDisk.Instance, folder.Path, new BrokerId(1), Guid.NewGuid(), OpenFiles.OfProcess());
        log = directory.OpenLog(new TopicPartition("written", 0), new TopicId(Guid.NewGuid()), Config, Now);
        still = directory.OpenLog(new TopicPartition("read", 0), new TopicId(Guid.NewGuid()), Config, Now);
        (large, small, records) = ([new AppendItem(batch)], [new AppendItem(tiny)], new RecordBatchHeader(batch).Count);
        for (var each = 0; each < 2048; each++) still.Append(large, new LeaderEpoch(0), Now);
        plain = File.OpenHandle(Path.Combine(folder.Path, "plain"), FileMode.Create, FileAccess.ReadWrite);
        RandomAccess.Write(plain, memory, 0);
    }

    [GlobalCleanup]
    public void Delete()
    {
        log.Close(clean: false);
        still.Close(clean: false);
        plain.Dispose();
        folder.Dispose();
    }

    [Benchmark]
    public ErrorCode AppendOf64KiB() => Append(large);

    [Benchmark]
    public ErrorCode AppendOfATinyBatch() => Append(small);

    /// <summary>128 MiB in two segments, in the page cache; 64 KiB are copied.</summary>
    [Benchmark]
    public int ReadAtRandom()
    {
        reads = (int)((reads + 1_000_003L) % 2048);
        var read = still.View.Read(new Offset((long)reads * records), buffer.Length, minOneBatch: true, Isolation.LogEnd);
        read.Records.Source!.CopyTo(0, buffer.AsSpan(0, read.Records.Length));
        return read.Records.Length;
    }

    /// <summary>The place of one of the last 32 batches of 64 KiB: what a consumer costs that has nearly all.</summary>
    [Benchmark]
    public int FindAtTheEnd()
    {
        reads = (reads + 7) % 32;
        return still.View.Read(new Offset((2047L - reads) * records), buffer.Length, minOneBatch: true, Isolation.LogEnd).Records.Length;
    }

    /// <summary>The place of any of 2048 batches.</summary>
    [Benchmark]
    public int FindAtRandom()
    {
        reads = (int)((reads + 1_000_003L) % 2048);
        return still.View.Read(new Offset((long)reads * records), buffer.Length, minOneBatch: true, Isolation.LogEnd).Records.Length;
    }

    /// <summary>A kilobyte out of the page cache, as often as out of memory that is ours (<see cref="CopyOfAKilobyte"/>).</summary>
    [Benchmark]
    public int ReadOfAKilobyte()
    {
        reads = (int)((reads + 1_000_003L) % 2048);
        return RandomAccess.Read(plain, buffer.AsSpan(0, 1024), reads * 1024L);
    }

    [Benchmark]
    public int CopyOfAKilobyte()
    {
        reads = (int)((reads + 1_000_003L) % 2048);
        memory.AsSpan(reads * 1024, 1024).CopyTo(buffer);
        return buffer[0];
    }

    private ErrorCode Append(AppendItem[] items)
    {
        log.Append(items, new LeaderEpoch(0), Now);
        if (log.View.SegmentCount != segments)
        {
            log.AdvanceHighWatermark(log.View.LogEndOffset);
            log.ApplyRetention(Now);
            segments = log.View.SegmentCount;
        }

        return items[0].Outcome.Error;
    }
}
