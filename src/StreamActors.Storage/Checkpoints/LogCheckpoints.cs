using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using StreamActors.Protocol;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Checkpoints;

/// <summary>What is known of a log that is not open.</summary>
internal sealed record ClosedLog(bool IsClean, Offset RecoveryPoint, Offset LogStartOffset, Offset HighWatermark);

/// <summary>
/// What a data folder knows of its logs while they are not open, and the three checkpoint files that tell the next process of it: recovery points, high watermarks, log
/// start offsets. Thread-safe.
/// </summary>
/// <remarks>
/// The files go by partition, and a partition may have several lives in a folder: deleted and made again, moved away and back. So whoever begins one sees to it first
/// that the disk tells nothing of those before (<see cref="IsOverstated"/>): recovery would pass over what was not synced, or miss records that this life never had.
/// </remarks>
internal sealed class LogCheckpoints
{
    private const string RecoveryPoints = "recovery-point-offset-checkpoint";
    private const string HighWatermarks = "replication-offset-checkpoint";
    private const string LogStartOffsets = "log-start-offset-checkpoint";

    private readonly IDisk disk;
    private readonly string folder;
    private readonly bool wasStoppedCleanly;
    private readonly ConcurrentDictionary<TopicPartition, ClosedLog> closed = new();
    private readonly ConcurrentDictionary<TopicPartition, long> overstated = new();
    private readonly Lock writing = new();
    private long overstatements;

    public LogCheckpoints(IDisk disk, string folder, bool wasStoppedCleanly)
    {
        this.disk = disk;
        this.folder = folder;
        this.wasStoppedCleanly = wasStoppedCleanly;
        var starts = OffsetCheckpoint.Read(disk, In(LogStartOffsets));
        var watermarks = OffsetCheckpoint.Read(disk, In(HighWatermarks));
        foreach (var (partition, offset) in OffsetCheckpoint.Read(disk, In(RecoveryPoints)))
            closed[partition] = new ClosedLog(wasStoppedCleanly, offset, starts.GetValueOrDefault(partition), watermarks.GetValueOrDefault(partition));
        foreach (var (partition, offset) in starts.Where(start => !closed.ContainsKey(start.Key)))
            closed[partition] = new ClosedLog(wasStoppedCleanly, Offset.Zero, offset, watermarks.GetValueOrDefault(partition));
        foreach (var (partition, offset) in watermarks.Where(watermark => !closed.ContainsKey(watermark.Key)))
            closed[partition] = new ClosedLog(wasStoppedCleanly, Offset.Zero, Offset.Zero, offset);
    }

    /// <summary>Whether every log that is not open needs no recovery.</summary>
    public bool AreAllClean => closed.Values.All(log => log.IsClean);

    public ClosedLog Get(TopicPartition partition) => closed.GetValueOrDefault(partition, new ClosedLog(wasStoppedCleanly, Offset.Zero, Offset.Zero, Offset.Zero));

    public bool TryGet(TopicPartition partition, [NotNullWhen(true)] out ClosedLog? log) => closed.TryGetValue(partition, out log);

    public void Closed(TopicPartition partition, ClosedLog log) => closed[partition] = log;

    public void Opened(TopicPartition partition) => closed.TryRemove(partition, out _);

    /// <summary>A log is gone; the files may still tell of it.</summary>
    public void Forget(TopicPartition partition)
    {
        if (closed.TryRemove(partition, out _)) Overstate(partition);
    }

    /// <summary>A log was cut: the files may tell of more than it has.</summary>
    public void Overstate(TopicPartition partition) => overstated[partition] = Interlocked.Increment(ref overstatements);

    /// <summary>Whether the files may tell of a former life of a log, or of what was cut off it.</summary>
    public bool IsOverstated(TopicPartition partition) => overstated.ContainsKey(partition);

    /// <summary>Replaces the files.</summary>
    public void Write(IEnumerable<KeyValuePair<TopicPartition, PartitionLog>> open)
    {
        lock (writing)
        {
            // Before anything is read: what is overstated from here on may not be put right by this.
            var corrected = overstated.ToArray();
            var all = new SortedDictionary<string, (TopicPartition Partition, ClosedLog Log)>(StringComparer.Ordinal);
            foreach (var (partition, log) in closed) all[partition.ToString()] = (partition, log);
            foreach (var (partition, log) in open)
                all[partition.ToString()] = (partition, new ClosedLog(false, log.RecoveryPoint, log.View.LogStartOffset, log.View.HighWatermark));
            OffsetCheckpoint.Write(disk, In(RecoveryPoints), all.Values.Select(entry => (entry.Partition, entry.Log.RecoveryPoint)));
            OffsetCheckpoint.Write(disk, In(HighWatermarks), all.Values.Select(entry => (entry.Partition, entry.Log.HighWatermark)));
            OffsetCheckpoint.Write(
                disk, In(LogStartOffsets), all.Values.Where(entry => entry.Log.LogStartOffset > Offset.Zero).Select(entry => (entry.Partition, entry.Log.LogStartOffset)));
            foreach (var partition in corrected) overstated.TryRemove(partition);
        }
    }

    private string In(string name) => Path.Combine(folder, name);
}
