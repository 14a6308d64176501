using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Files;
using StreamActors.Storage.Producers;
using StreamActors.Storage.Segment;

namespace StreamActors.Storage.Recovery;

/// <summary>Finds out which producers there are at an offset: from the last good snapshot before it, and the batches from there on.</summary>
internal static class ProducerLoader
{
    public static ProducerStates Load(LogState log, Offset upTo) =>
        Load(log.Disk, log.Folder, [.. log.Sealed.Select(segment => (segment, segment.Size)), (log.Active.Segment, log.Active.Size)], log.LogStartOffset, upTo);

    public static ProducerStates Load(IDisk disk, string folder, IReadOnlyList<(LogSegment Segment, long Size)> segments, Offset logStart, Offset upTo)
    {
        var from = logStart;
        ProducerStates? states = null;
        foreach (var offset in ProducerSnapshot.List(disk, folder).Reverse().Where(offset => offset <= upTo.Value))
        {
            states = ProducerSnapshot.Load(disk, folder, new Offset(offset));
            from = new Offset(offset);
            if (states is not null) break;
            disk.DeleteFile(SegmentFiles.Path(folder, offset, SegmentFiles.Snapshot));
            from = logStart;
        }

        states ??= new ProducerStates();
        Replay(states, segments, from, upTo);
        return states;
    }

    /// <summary>The marker in a control batch in a file; null where it is none.</summary>
    public static EndTransactionMarker? ReadMarker(IDiskFile file, RecordBatchHeader header, long position)
    {
        if (!header.IsControl) return null;
        var bytes = new byte[header.SizeInBytes];
        return file.Read(position, bytes) == bytes.Length ? ControlRecords.ReadMarker(new RecordBatch(bytes)) : null;
    }

    private static void Replay(ProducerStates states, IReadOnlyList<(LogSegment Segment, long Size)> segments, Offset from, Offset upTo)
    {
        // After a clean stop the snapshot is of the log's end.
        if (from >= upTo) return;
        Span<byte> buffer = stackalloc byte[BatchScanner.BufferSize];
        for (var i = 0; i < segments.Count; i++)
        {
            var (segment, size) = segments[i];
            if (segment.BaseOffset >= upTo.Value) return;
            if (i + 1 < segments.Count && segments[i + 1].Segment.BaseOffset <= from.Value) continue;
            var scanner = new BatchScanner(segment.File, 0, size, buffer);
            while (scanner.MoveNext() && scanner.Header.BaseOffset < upTo.Value)
            {
                var header = scanner.Header;
                if (header.LastOffset < from.Value || !header.HasProducerId || IsDamaged(segment, scanner.Position, scanner.Size)) continue;
                states.Apply(header, ReadMarker(segment.File, header, scanner.Position));
            }
        }
    }

    /// <summary>A bit of a header would be enough to fence a producer off for good.</summary>
    private static bool IsDamaged(LogSegment segment, long position, int size)
    {
        var (from, to) = segment.Checked.Unchecked(position, position + size);
        if (from >= to) return false;
        var bytes = new byte[size];
        return segment.File.Read(position, bytes) != size || !new RecordBatch(bytes).IsCrcValid;
    }
}
