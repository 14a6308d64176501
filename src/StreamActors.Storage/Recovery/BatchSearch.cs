using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Recovery;

/// <summary>Finds where good batches begin again behind damage, byte by byte: lengths and indexes that lead there may be part of it.</summary>
internal static class BatchSearch
{
    private const int Piece = 1 << 20;

    /// <summary>
    /// The first batch behind a damaged one that is whole, passes its CRC and has offsets within bounds. Where it is not the one that the damaged one's length
    /// leads to, another good one or the end has to follow it: a single batch in the midst of damage may be a write that went astray, of another log.
    /// </summary>
    /// <param name="file">The segment's file.</param>
    /// <param name="damaged">Where the damaged one begins.</param>
    /// <param name="end">The file's size.</param>
    /// <param name="minOffset">No batch begins below it.</param>
    /// <param name="endOffset">All batches end below it.</param>
    public static (long Position, long BaseOffset)? FindNext(IDiskFile file, long damaged, long end, long minOffset, long endOffset)
    {
        if (Behind(file, damaged, end, minOffset, endOffset) is { } behind) return behind;
        using var buffer = new PooledBuffer(Piece);
        for (var start = damaged + 1; end - start >= RecordBatchHeader.Size; start += Piece - RecordBatchHeader.Size)
        {
            buffer.Clear();
            var span = buffer.GetSpan(Piece)[..(int)Math.Min(Piece, end - start)];
            span = span[..file.Read(start, span)];
            for (var at = 0; at + RecordBatchHeader.Size <= span.Length; at++)
            {
                if (!MayBegin(span[at..], end - start - at, minOffset, endOffset)) continue;
                if (IsGood(file, start + at, end, mustBeFollowed: true)) return (start + at, new RecordBatchHeader(span[at..]).BaseOffset);
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

    private static (long Position, long BaseOffset)? Behind(IDiskFile file, long damaged, long end, long minOffset, long endOffset)
    {
        Span<byte> header = stackalloc byte[RecordBatchHeader.Size];
        if (file.Read(damaged, header) < header.Length) return null;
        var position = damaged + RecordBatchHeader.LogOverhead + new RecordBatchHeader(header).BatchLength;
        if (position <= damaged || end - position < header.Length || file.Read(position, header) < header.Length) return null;
        return MayBegin(header, end - position, minOffset, endOffset) && IsGood(file, position, end, mustBeFollowed: false)
            ? (position, new RecordBatchHeader(header).BaseOffset)
            : null;
    }

    private static bool IsGood(IDiskFile file, long position, long end, bool mustBeFollowed)
    {
        using var reader = new Segment.BatchFileReader(file, position, end);
        if (!reader.MoveNext() || !reader.Current.IsCrcValid) return false;
        var (behind, next) = (position + reader.Current.Memory.Length, reader.Current.Header.NextOffset);
        return !mustBeFollowed || behind == end || (reader.MoveNext() && reader.Current.IsCrcValid && reader.Current.Header.BaseOffset >= next);
    }
}
