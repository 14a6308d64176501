using System.Collections.Immutable;
using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Checkpoints;
using StreamActors.Storage.Files;
using StreamActors.Storage.Producers;
using StreamActors.Storage.Segment;

namespace StreamActors.Storage.Recovery;

/// <summary>
/// Checks the segments of a log that was not closed, batch by batch. What is not as it should be is one of two things. At or behind the flushed point it is
/// where a crash has torn the log: it ends there. Below it the disk has lost what it once confirmed: nothing is cut, the log goes on at the next good batch,
/// and the offsets between are damaged (<see cref="DamagedRange"/>).
/// </summary>
internal sealed class LogRecovery(IDisk disk, string folder, LogConfig config, LogHints hints, LeaderEpochs epochs, ImmutableArray<DamagedRange> known, TimestampMs now)
{
    private readonly List<LogSegment> segments = [];
    private readonly List<DamagedRange> damaged = [.. known];
    private LeaderEpochs epochs = epochs;
    private ProducerStates producers = new();
    private long nextOffset;
    private bool endsInDamage;

    public RecoveryReport Report { get; private set; }

    /// <param name="bases">The first offsets of all segments, ascending.</param>
    /// <param name="first">The first segment that is not known to be good.</param>
    public LogState Recover(long[] bases, int first)
    {
        segments.AddRange(bases.Select(start => new LogSegment(disk, folder, start, config)));
        var logStart = new Offset(Math.Max(bases[0], hints.LogStartOffset.Value));
        var start = new Offset(bases[first]);
        DeleteSnapshotsBehind(start);
        producers = ProducerLoader.Load(disk, folder, [.. segments[..first].Select(segment => (segment, segment.Size))], logStart, start);
        nextOffset = start.Value;

        var active = first;
        SegmentIndexes? indexes = null;
        for (var i = first; i < segments.Count; i++)
        {
            if (segments[i].BaseOffset < nextOffset || (indexes is not null && IsTornBefore(segments[i])))
            {
                Drop(i);
                break;
            }

            if (indexes is not null) Seal(active, indexes, segments[i].BaseOffset);
            if (indexes is not null && !config.CleanupByCompaction) AddDamage(Math.Min(segments[i].BaseOffset, hints.Flushed));
            active = i;
            nextOffset = segments[i].BaseOffset;
            indexes = new SegmentIndexes(segments[i].BaseOffset, config);
            var isWhole = Check(segments[i], indexes, i + 1 < segments.Count ? segments[i + 1].BaseOffset : long.MaxValue);
            Report = Report with { SegmentsChecked = Report.SegmentsChecked + 1 };
            if (isWhole) continue;
            Drop(i + 1);
            break;
        }

        if (endsInDamage || nextOffset < hints.Flushed)
        {
            // Offsets that somebody has been told of are not given again, and nothing is written behind what cannot be read.
            Seal(active, indexes!, hints.Flushed);
            AddDamage(hints.Flushed);
            nextOffset = hints.Flushed;
            segments.Add(LogSegment.Create(disk, folder, nextOffset, config));
            active = segments.Count - 1;
            indexes = new SegmentIndexes(nextOffset, config);
        }

        var log = new LogState(disk, folder, config)
        {
            Sealed = [.. segments[..active]],
            Active = new ActiveSegment(segments[active], indexes!, segments[active].Size, now.Value),
            Producers = producers,
            LogStartOffset = logStart,
            NextOffset = new Offset(nextOffset),
            Damaged = DamagedRanges.Cut(damaged, new Offset(nextOffset)),
            IsFolderDirty = true,
        };
        if (Report is not { BytesCut: 0, SegmentsDropped: 0 }) log.SyncCut();
        log.SetEpochs(epochs.TruncateFromEnd(log.NextOffset));
        if (!log.Damaged.SequenceEqual(known)) DamagedRanges.Save(disk, folder, log.Damaged);
        Report = Report with { Damaged = [.. damaged[known.Length..]] };
        return log;
    }

    /// <summary>Whether records are missing between what was checked and a segment: lost names, or bytes, of files that were not synced.</summary>
    private bool IsTornBefore(LogSegment segment) => segment.BaseOffset > nextOffset && nextOffset >= hints.Flushed
        && !(config.CleanupByCompaction && segment.BaseOffset <= hints.Compacted.Value);

    /// <summary>Whether a segment is to be gone on from; if not, it was cut, for the log ends in it.</summary>
    /// <param name="segment">Which.</param>
    /// <param name="indexes">Filled.</param>
    /// <param name="end">The base offset of the segment behind it.</param>
    private bool Check(LogSegment segment, SegmentIndexes indexes, long end)
    {
        var size = segment.Size;
        long good = 0;
        endsInDamage = false;
        while (true)
        {
            var before = good;
            using (var reader = new BatchFileReader(segment.File, good, size))
            {
                while (reader.MoveNext() && IsGood(reader.Current, segment.BaseOffset, end))
                {
                    Take(segment, indexes, reader.Current, reader.Position);
                    good = reader.Position + reader.Current.Header.SizeInBytes;
                }
            }

            if (good > before) segment.Checked.AddRead(before, good);
            if (good == size) return true;
            if (nextOffset >= hints.Flushed) break;
            if (BatchSearch.FindNext(segment.File, good, size, nextOffset, Math.Min(end, segment.BaseOffset + int.MaxValue)) is not { } next)
            {
                var damagedTo = Math.Min(end, hints.Flushed);
                AddDamage(damagedTo);
                nextOffset = damagedTo;
                endsInDamage = true;
                return true;
            }

            AddDamage(next.BaseOffset);
            nextOffset = next.BaseOffset;
            indexes.ForceNextEntry();
            good = next.Position;
        }

        Report = Report with { BytesCut = Report.BytesCut + size - good };
        segment.File.SetLength(good);
        return false;
    }

    private void Take(LogSegment segment, SegmentIndexes indexes, RecordBatch batch, long position)
    {
        var header = batch.Header;
        indexes.Add(header, position);
        epochs = epochs.Assign(new LeaderEpoch(header.PartitionLeaderEpoch), new Offset(header.BaseOffset));
        if (producers.Apply(header, ControlRecords.ReadMarker(batch)) is { } aborted) indexes.Add(aborted);
        nextOffset = header.NextOffset;
    }

    private bool IsGood(RecordBatch batch, long baseOffset, long end)
    {
        var header = batch.Header;
        return header.BaseOffset >= nextOffset && header.LastOffsetDelta >= 0 && header.LastOffset < end && header.LastOffset - baseOffset <= int.MaxValue
            && !LeavesOut(header) && batch.IsCrcValid;
    }

    /// <summary>Whether there is a gap before a batch, which no CRC would tell from a wrong offset, where only compaction could have left one.</summary>
    private bool LeavesOut(RecordBatchHeader batch) => batch.BaseOffset > Math.Max(nextOffset, hints.Flushed)
        && !(config.CleanupByCompaction || batch.BaseOffset <= hints.Compacted.Value);

    private void Seal(int index, SegmentIndexes indexes, long nextBase)
    {
        indexes.Save(disk, folder);
        segments[index].AreIndexesSynced = false;
        ProducerSnapshot.Save(disk, folder, new Offset(nextBase), producers);
    }

    private void AddDamage(long to)
    {
        var range = new DamagedRange(new Offset(nextOffset), new Offset(to));
        if (range.From < range.To && !damaged.Exists(other => other.From <= range.From && other.To >= range.To)) damaged.Add(range);
    }

    private void Drop(int from)
    {
        foreach (var segment in segments.Skip(from))
        {
            foreach (var suffix in SegmentFiles.OfSegment) disk.DeleteFile(segment.PathOf(suffix));
            Report = Report with { SegmentsDropped = Report.SegmentsDropped + 1 };
        }

        segments.RemoveRange(from, segments.Count - from);
        DeleteSnapshotsBehind(new Offset(nextOffset));
    }

    private void DeleteSnapshotsBehind(Offset offset)
    {
        foreach (var snapshot in ProducerSnapshot.List(disk, folder).Where(snapshot => snapshot > offset.Value))
            disk.DeleteFile(SegmentFiles.Path(folder, snapshot, SegmentFiles.Snapshot));
    }
}
