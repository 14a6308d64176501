using System.Collections.Immutable;
using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Checkpoints;
using StreamActors.Storage.Files;
using StreamActors.Storage.Producers;
using StreamActors.Storage.Segment;

namespace StreamActors.Storage.Recovery;

/// <summary>How a log was left, as far as its data folder knows.</summary>
/// <param name="WasClosed">Cleanly.</param>
/// <param name="RecoveryPoint">All records below it were synced; so says one checkpoint.</param>
/// <param name="LogStartOffset">The log's first offset.</param>
/// <param name="HighWatermark">All records below it were committed; so says another.</param>
/// <param name="Compacted">Below it a compaction may have left gaps between segments: Kafka's does.</param>
internal readonly record struct LogHints(bool WasClosed, Offset RecoveryPoint, Offset LogStartOffset, Offset HighWatermark, Offset Compacted = default)
{
    /// <summary>Records below it were durable and known to clients. Two files have to say so, for neither has a checksum.</summary>
    public long Flushed => Math.Min(RecoveryPoint.Value, HighWatermark.Value);
}

/// <summary>What opening a log took.</summary>
/// <param name="SegmentsChecked">Segments whose every batch was checked; 0 after a clean stop.</param>
/// <param name="BytesCut">Bytes at the end that were no good batches.</param>
/// <param name="SegmentsDropped">Segments behind a bad batch.</param>
/// <param name="Damaged">Offsets below the flushed point that are damaged or gone, found this time.</param>
public readonly record struct RecoveryReport(int SegmentsChecked, long BytesCut, int SegmentsDropped, ImmutableArray<DamagedRange> Damaged = default);

/// <summary>
/// Opens the files of a log. After a clean stop it reads the last snapshot and the ends of the indexes. Otherwise every batch from the segment
/// of the recovery point on is checked, the log ends at the first that is bad, and indexes, epochs and producers are made anew from there.
/// </summary>
internal sealed class LogLoader(IDisk disk, string folder, LogConfig config, LogHints hints, TimestampMs now)
{
    public RecoveryReport Report { get; private set; }

    public LogState Load()
    {
        RemoveLeftovers();
        var bases = disk.ListFiles(folder).Select(name => SegmentFiles.OffsetOf(name, SegmentFiles.Log)).OfType<long>().Order().ToArray();
        var epochs = LeaderEpochs.Load(disk, folder);
        var log = bases.Length == 0 ? Begin() : Open(bases, epochs);
        if (log.NextOffset < log.LogStartOffset) log.RestartAt(log.LogStartOffset, now);
        log.TrimEpochs();
        log.Producers.Expire(now, config.ProducerIdExpirationMs);
        RemoveStraySnapshots(log);
        return log;
    }

    private LogState Begin()
    {
        // There were records, and all of their files are gone: their offsets are not given again.
        var damaged = DamagedRanges.Load(disk, folder);
        var lost = new DamagedRange(hints.LogStartOffset, Offset.Max(hints.LogStartOffset, new Offset(hints.Flushed)));
        if (lost.From < lost.To && !damaged.Contains(lost))
        {
            damaged = damaged.Add(lost);
            DamagedRanges.Save(disk, folder, damaged);
            Report = Report with { Damaged = [lost] };
        }

        var segment = LogSegment.Create(disk, folder, lost.To.Value, config);
        // A crash may take the log's end, but not its first segment from before the second.
        disk.SyncDirectory(folder);
        return new LogState(disk, folder, config)
        {
            Damaged = damaged,
            Active = new ActiveSegment(segment, new SegmentIndexes(segment.BaseOffset, config), 0, now.Value),
            Producers = new ProducerStates(),
            LogStartOffset = hints.LogStartOffset,
            NextOffset = lost.To,
            IsFolderDirty = true,
        };
    }

    private LogState Open(long[] bases, LeaderEpochs? epochs)
    {
        var damaged = DamagedRanges.Load(disk, folder);
        if (hints.WasClosed && epochs is not null && TryOpenClosed(bases, epochs) is { } log)
        {
            log.Damaged = damaged;
            return log;
        }

        // One before the recovery point: where it is a segment's start, the indexes of the segment before may not have been synced.
        var first = hints.WasClosed || epochs is null ? 0 : Array.FindLastIndex(bases, start => start < hints.RecoveryPoint.Value);
        var recovery = new LogRecovery(disk, folder, config, hints, epochs ?? LeaderEpochs.Empty, damaged, now);
        log = recovery.Recover(bases, Math.Max(first, 0));
        Report = recovery.Report;
        return log;
    }

    private LogState? TryOpenClosed(long[] bases, LeaderEpochs epochs)
    {
        var active = new LogSegment(disk, folder, bases[^1], config);
        var size = active.Size;
        var indexes = new SegmentIndexes(active.BaseOffset, config);
        if (!indexes.TryLoad(disk, folder, size)) indexes = SegmentIndexes.Rebuild(active, size, config);
        // No CRC covers a batch's first offset: the last one may say another than when the log was closed.
        if (indexes.Resume(active.File, size) is not { } next || next < hints.Flushed || (hints.RecoveryPoint > Offset.Zero && next > hints.RecoveryPoint.Value)) return null;
        var log = new LogState(disk, folder, config)
        {
            Sealed = [.. bases[..^1].Select(start => new LogSegment(disk, folder, start, config))],
            Active = new ActiveSegment(active, indexes, size, now.Value),
            Producers = new ProducerStates(),
            Epochs = epochs,
            LogStartOffset = new Offset(Math.Max(bases[0], hints.LogStartOffset.Value)),
            NextOffset = new Offset(next),
        };
        log.Producers = ProducerLoader.Load(log, log.NextOffset);
        return log;
    }

    /// <summary>Files of deletions and cleanings that were interrupted, and indexes without a log.</summary>
    private void RemoveLeftovers()
    {
        Compaction.SegmentSwap.Complete(disk, folder);
        foreach (var name in disk.ListFiles(folder))
        {
            var path = Path.Combine(folder, name);
            if (name.EndsWith(SegmentFiles.Deleted, StringComparison.Ordinal) || name.EndsWith(SegmentFiles.Cleaned, StringComparison.Ordinal)
                || name.EndsWith(".tmp", StringComparison.Ordinal))
            {
                disk.DeleteFile(path);
            }
        }

        foreach (var suffix in SegmentFiles.OfSegment.Where(suffix => suffix != SegmentFiles.Log))
        {
            foreach (var offset in disk.ListFiles(folder).Select(name => SegmentFiles.OffsetOf(name, suffix)).OfType<long>())
            {
                if (!disk.FileExists(SegmentFiles.Path(folder, offset, SegmentFiles.Log))) disk.DeleteFile(SegmentFiles.Path(folder, offset, suffix));
            }
        }
    }

    /// <summary>A snapshot is kept for each segment, and the last one.</summary>
    private void RemoveStraySnapshots(LogState log)
    {
        var snapshots = ProducerSnapshot.List(disk, folder);
        var starts = log.Segments.Select(segment => segment.BaseOffset).ToHashSet();
        foreach (var offset in snapshots.SkipLast(1).Where(offset => !starts.Contains(offset)))
            disk.DeleteFile(SegmentFiles.Path(folder, offset, SegmentFiles.Snapshot));
    }
}
