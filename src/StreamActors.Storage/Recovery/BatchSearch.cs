using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Recovery;

/// <summary>Finds where good batches begin again behind damage, byte by byte: lengths and indexes that lead there may be part of it.</summary>
internal static class BatchSearch
{
    private const int Piece = 1 << 20;

    /// <summary>The first batch that begins at or behind a position, is whole, passes its CRC and has offsets within bounds.</summary>
    /// <param name="file">The segment's file.</param>
    /// <param name="from">Where to begin.</param>
    /// <param name="end">The file's size.</param>
    /// <param name="minOffset">No batch begins below it.</param>
    /// <param name="endOffset">All batches end below it.</param>
    public static (long Position, long BaseOffset)? FindNext(IDiskFile file, long from, long end, long minOffset, long endOffset)
    {
        using var buffer = new PooledBuffer(Piece);
        for (var start = from; end - start >= RecordBatchHeader.Size; start += Piece - RecordBatchHeader.Size)
        {
            buffer.Clear();
            var span = buffer.GetSpan(Piece)[..(int)Math.Min(Piece, end - start)];
            span = span[..file.Read(start, span)];
            for (var at = 0; at + RecordBatchHeader.Size <= span.Length; at++)
            {
                if (!MayBegin(span[at..], end - start - at, minOffset, endOffset)) continue;
                if (IsGood(file, start + at, end)) return (start + at, new RecordBatchHeader(span[at..]).BaseOffset);
            }
        }

        return null;
    }

    private static bool MayBegin(ReadOnlySpan<byte> bytes, long left, long minOffset, long endOffset)
    {
        var header = new RecordBatchHeader(bytes);
        if (header.Magic != 2 || header.BaseOffset < minOffset || header.BaseOffset >= endOffset) return false;
        var size = header.BatchLength + (long)RecordBatchHeader.LogOverhead;
        return size >= RecordBatchHeader.Size && size <= left && header.LastOffsetDelta >= 0 && header.LastOffset < endOffset;
    }

    private static bool IsGood(IDiskFile file, long position, long end)
    {
        using var reader = new Segment.BatchFileReader(file, position, end);
        return reader.MoveNext() && reader.Current.IsCrcValid;
    }
}
