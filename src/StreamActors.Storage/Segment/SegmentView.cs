using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Index;

namespace StreamActors.Storage.Segment;

/// <summary>A segment as it is at one moment: how far it reaches, and its indexes. Answers all questions of readers, from any thread.</summary>
internal sealed record SegmentView(
    LogSegment Segment, long Size, IndexView Offsets, IndexView Times, TimestampOffset Max, BatchTailView Tail = default)
{
    public long BaseOffset => Segment.BaseOffset;

    /// <summary>Where the first batch begins that ends at or behind an offset, and its size; null where there is none.</summary>
    public (long Position, int Size)? Find(long offset) => Find(offset, out _, out _);

    /// <inheritdoc cref="Find(long)"/>
    /// <param name="offset">The offset.</param>
    /// <param name="gapBehind">Where there is no batch that holds the offset itself: the batch that lies before it, as its header says; -1 otherwise.</param>
    /// <param name="isBroken">Whether there is none because the walk ended at what is no batch.</param>
    public (long Position, int Size)? Find(long offset, out long gapBehind, out bool isBroken)
    {
        (gapBehind, isBroken) = (-1, false);
        if (Tail.Find(offset - BaseOffset, Size) is { } last) return last;
        var (entry, next) = OffsetIndex.Around(Offsets, BaseOffset, offset);
        if (entry.Offset < offset && next is { } ahead && ahead.Position - entry.Position > 2 * BatchScanner.BufferSize
            && At(ahead, entry.Offset, offset) is { } indexed)
        {
            return indexed;
        }

        Span<byte> buffer = stackalloc byte[BatchScanner.BufferSize];
        if (Walk(entry, offset, buffer, out gapBehind, out isBroken, out var isIndexWrong) is { } found) return found;
        if (!isIndexWrong) return null;
        var again = Segment.Reindex(this);
        return again.Walk(OffsetIndex.Floor(again.Offsets, BaseOffset, offset), offset, buffer, out gapBehind, out isBroken, out _);
    }

    /// <summary>
    /// The batch of an index entry, if it is the one that holds an offset; null where it is not, or something is wrong. Where entries are far from each other
    /// there is mostly no batch between them, and none to walk over.
    /// </summary>
    private (long Position, int Size)? At(OffsetPosition entry, long offsetBefore, long offset)
    {
        Span<byte> buffer = stackalloc byte[RecordBatchHeader.Size];
        var scanner = new BatchScanner(Segment.File, entry.Position, Size, buffer);
        if (entry.Position < 0 || entry.Position >= Size || !scanner.MoveNext()) return null;
        var header = scanner.Header;
        return header.LastOffset == entry.Offset && header.BaseOffset > offsetBefore && header.BaseOffset <= offset ? (scanner.Position, scanner.Size) : null;
    }

    private (long Position, int Size)? Walk(OffsetPosition from, long offset, Span<byte> buffer, out long gapBehind, out bool isBroken, out bool isIndexWrong)
    {
        gapBehind = -1;
        isBroken = isIndexWrong = from.Position < 0 || from.Position > Size;
        if (isIndexWrong) return null;
        var scanner = new BatchScanner(Segment.File, from.Position, Size, buffer);
        var isFirst = from.Position > 0;
        var next = BaseOffset;
        while (scanner.MoveNext())
        {
            // A batch's first offset is not part of what its CRC covers.
            if (scanner.Header.BaseOffset < next)
            {
                isBroken = true;
                isIndexWrong = isFirst;
                return null;
            }

            // An entry names an offset at or behind its batch's first one. Where it does not, records would be passed over.
            if (isFirst && scanner.Header.BaseOffset > from.Offset)
            {
                isIndexWrong = true;
                break;
            }

            isFirst = false;
            next = scanner.Header.NextOffset;
            if (scanner.Header.LastOffset < offset)
            {
                gapBehind = scanner.Position;
                continue;
            }

            if (scanner.Header.BaseOffset <= offset) gapBehind = -1;
            isBroken = false;
            return (scanner.Position, scanner.Size);
        }

        isBroken = scanner.IsBroken || isIndexWrong;
        isIndexWrong |= isFirst && isBroken;
        return null;
    }

    /// <summary>Where the last whole batch ends that begins at or behind <paramref name="start"/> and ends at or before <paramref name="limit"/>.</summary>
    public long LastBatchEnd(long start, long limit)
    {
        if (limit >= Size) return Size;
        if (Tail.LastStart(limit) is { } last) return last;
        Span<byte> buffer = stackalloc byte[BatchScanner.BufferSize];
        var entry = OffsetIndex.FloorOfPosition(Offsets, BaseOffset, limit);
        return (entry.Position > start ? EndOf(entry.Position, limit, entry.Offset, buffer) : null) ?? EndOf(start, limit, null, buffer)!.Value;
    }

    /// <summary>Where the last whole batch ends before a limit; null where at the beginning there is none with an offset that an index entry has named.</summary>
    private long? EndOf(long start, long limit, long? named, Span<byte> buffer)
    {
        var scanner = new BatchScanner(Segment.File, start, Size, buffer);
        var end = start;
        while (scanner.MoveNext())
        {
            if (named is { } offset && scanner.Position == start && !IsOf(scanner.Header, offset)) return null;
            if (scanner.End > limit) return end;
            end = scanner.End;
        }

        return named is null || end > start ? end : null;
    }

    /// <summary>An offset behind all batches that begin before a position, as near as the index tells; null for the segment's end.</summary>
    public long? OffsetBehind(long position)
    {
        if (OffsetIndex.Ceiling(Offsets, BaseOffset, position) is not { } entry || entry.Position < 0) return null;
        Span<byte> buffer = stackalloc byte[RecordBatchHeader.Size];
        var scanner = new BatchScanner(Segment.File, entry.Position, Math.Max(Size, entry.Position), buffer);
        return scanner.MoveNext() && IsOf(scanner.Header, entry.Offset) ? entry.Offset : null;
    }

    /// <summary>Entries have the last offset of their batch, or behind damage the first. An index that is damaged may name any place in the file.</summary>
    private static bool IsOf(RecordBatchHeader batch, long indexed) => batch.LastOffset == indexed || batch.BaseOffset == indexed;

    /// <summary>The highest timestamp of batches that have records at or behind an offset; -1 where there are none.</summary>
    public long MaxTimestampOfRecords(long fromOffset)
    {
        Span<byte> buffer = stackalloc byte[BatchScanner.BufferSize];
        var scanner = new BatchScanner(Segment.File, 0, Size, buffer);
        var highest = -1L;
        while (scanner.MoveNext())
        {
            if (scanner.Header.Count > 0 && scanner.Header.LastOffset >= fromOffset) highest = Math.Max(highest, scanner.Header.MaxTimestamp);
        }

        return highest;
    }

    /// <summary>The first record at or behind an offset whose timestamp is at or above another; null where there is none.</summary>
    public TimestampedOffset? FindByTimestamp(long timestamp, long fromOffset, int maxDecompressed)
    {
        var from = Math.Max(fromOffset, TimeIndex.Below(Times, BaseOffset, timestamp).Offset);
        if (Find(from) is not { } first) return null;
        using var reader = new BatchFileReader(Segment.File, first.Position, Size);
        while (reader.MoveNext())
        {
            var header = reader.Current.Header;
            if (header.MaxTimestamp < timestamp || header.LastOffset < fromOffset || !reader.Current.IsCrcValid) continue;
            if (reader.Current.Open(maxDecompressed, out var opened) != BatchError.None) continue;
            using (opened)
            {
                var records = opened.Read();
                while (records.MoveNext())
                {
                    if (records.Current.Timestamp.Value >= timestamp && records.Current.Offset.Value >= fromOffset)
                        return new TimestampedOffset(records.Current.Timestamp, records.Current.Offset, new LeaderEpoch(header.PartitionLeaderEpoch));
                }
            }
        }

        return null;
    }
}

/// <summary>A record's offset with its timestamp, and the epoch of the leader that appended it.</summary>
public readonly record struct TimestampedOffset(TimestampMs Timestamp, Offset Offset, LeaderEpoch LeaderEpoch);
