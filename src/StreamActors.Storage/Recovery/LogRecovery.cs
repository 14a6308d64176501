using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Checkpoints;
using StreamActors.Storage.Files;
using StreamActors.Storage.Producers;
using StreamActors.Storage.Segment;

namespace StreamActors.Storage.Recovery;

/// <summary>Checks the segments of a log that was not closed, batch by batch, and cuts it at the first that is not as it should be.</summary>
internal sealed class LogRecovery(IDisk disk, string folder, LogConfig config, LogHints hints, LeaderEpochs epochs, TimestampMs now)
{
    private LeaderEpochs epochs = epochs;
    private ProducerStates producers = new();
    private long nextOffset;

    public RecoveryReport Report { get; private set; }

    /// <param name="bases">The first offsets of all segments, ascending.</param>
    /// <param name="first">The first segment that is not known to be good.</param>
    public LogState Recover(long[] bases, int first)
    {
        var segments = bases.Select(start => new LogSegment(disk, folder, start, config)).ToList();
        var logStart = new Offset(Math.Max(bases[0], hints.LogStartOffset.Value));
        var start = new Offset(bases[first]);
        DeleteSnapshotsBehind(start);
        producers = ProducerLoader.Load(disk, folder, [.. segments[..first].Select(segment => (segment, segment.Size))], logStart, start);
        nextOffset = start.Value;

        var active = first;
        SegmentIndexes? indexes = null;
        for (var i = first; i < segments.Count; i++)
        {
            if (segments[i].BaseOffset < nextOffset)
            {
                Drop(segments, i);
                break;
            }

            if (indexes is not null)
            {
                indexes.Save(disk, folder);
                segments[active].AreIndexesSynced = false;
                ProducerSnapshot.Save(disk, folder, new Offset(segments[i].BaseOffset), producers);
            }

            active = i;
            nextOffset = segments[i].BaseOffset;
            indexes = new SegmentIndexes(segments[i].BaseOffset, config);
            var isWhole = Check(segments[i], indexes);
            Report = Report with { SegmentsChecked = Report.SegmentsChecked + 1 };
            if (isWhole) continue;
            Drop(segments, i + 1);
            break;
        }

        var log = new LogState(disk, folder, config)
        {
            Sealed = [.. segments[..active]],
            Active = new ActiveSegment(segments[active], indexes!, segments[active].Size, now.Value),
            Producers = producers,
            LogStartOffset = logStart,
            NextOffset = new Offset(nextOffset),
            IsFolderDirty = true,
        };
        log.SetEpochs(epochs.TruncateFromEnd(log.NextOffset));
        return log;
    }

    /// <summary>Whether every batch of a segment is good; if not, it is cut before the first that is not.</summary>
    private bool Check(LogSegment segment, SegmentIndexes indexes)
    {
        var size = segment.Size;
        long good = 0;
        using (var reader = new BatchFileReader(segment.File, 0, size))
        {
            while (reader.MoveNext() && IsGood(reader.Current, segment.BaseOffset))
            {
                var header = reader.Current.Header;
                indexes.Add(header, reader.Position);
                epochs = epochs.Assign(new LeaderEpoch(header.PartitionLeaderEpoch), new Offset(header.BaseOffset));
                if (producers.Apply(header, ControlRecords.ReadMarker(reader.Current)) is { } aborted) indexes.Add(aborted);
                nextOffset = header.NextOffset;
                good = reader.Position + header.SizeInBytes;
            }
        }

        if (good == size) return true;
        Report = Report with { BytesCut = Report.BytesCut + size - good };
        segment.File.SetLength(good);
        return false;
    }

    private bool IsGood(RecordBatch batch, long baseOffset)
    {
        var header = batch.Header;
        return header.BaseOffset >= nextOffset && header.LastOffsetDelta >= 0 && header.LastOffset - baseOffset <= int.MaxValue && batch.IsCrcValid;
    }

    private void Drop(List<LogSegment> segments, int from)
    {
        foreach (var segment in segments.Skip(from))
        {
            foreach (var suffix in SegmentFiles.OfSegment) disk.DeleteFile(segment.PathOf(suffix));
            Report = Report with { SegmentsDropped = Report.SegmentsDropped + 1 };
        }

        DeleteSnapshotsBehind(new Offset(nextOffset));
    }

    private void DeleteSnapshotsBehind(Offset offset)
    {
        foreach (var snapshot in ProducerSnapshot.List(disk, folder).Where(snapshot => snapshot > offset.Value))
            disk.DeleteFile(SegmentFiles.Path(folder, snapshot, SegmentFiles.Snapshot));
    }
}
