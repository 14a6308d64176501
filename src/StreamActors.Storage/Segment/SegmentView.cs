using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Index;

namespace StreamActors.Storage.Segment;

/// <summary>A segment as it is at one moment: how far it reaches, and its indexes. Answers all questions of readers, from any thread.</summary>
internal sealed record SegmentView(
    LogSegment Segment, long Size, IndexView Offsets, IndexView Times, TimestampOffset Max)
{
    public long BaseOffset => Segment.BaseOffset;

    /// <summary>Where the first batch begins that ends at or behind an offset, and its size; null where there is none.</summary>
    public (long Position, int Size)? Find(long offset) => Find(offset, out _);

    /// <inheritdoc cref="Find(long)"/>
    /// <param name="offset">The offset.</param>
    /// <param name="isBroken">Whether there is none because the walk ended at what is no batch.</param>
    public (long Position, int Size)? Find(long offset, out bool isBroken)
    {
        Span<byte> buffer = stackalloc byte[BatchScanner.BufferSize];
        var entry = OffsetIndex.Floor(Offsets, BaseOffset, offset);
        if (Walk(entry, offset, buffer, out isBroken, out var isIndexWrong) is { } found) return found;
        if (!isIndexWrong) return null;
        var again = Segment.Reindex(this);
        return again.Walk(OffsetIndex.Floor(again.Offsets, BaseOffset, offset), offset, buffer, out isBroken, out _);
    }

    private (long Position, int Size)? Walk(OffsetPosition from, long offset, Span<byte> buffer, out bool isBroken, out bool isIndexWrong)
    {
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
            if (scanner.Header.LastOffset < offset) continue;
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
        Span<byte> buffer = stackalloc byte[BatchScanner.BufferSize];
        var entry = OffsetIndex.FloorOfPosition(Offsets, BaseOffset, limit).Position;
        var from = entry > start && entry <= limit ? entry : start;
        var scanner = new BatchScanner(Segment.File, from, Size, buffer);
        var end = from;
        while (scanner.MoveNext() && scanner.End <= limit) end = scanner.End;
        return end;
    }

    /// <summary>An offset behind all batches that begin before a position, as near as the index tells; null for the segment's end.</summary>
    public long? OffsetBehind(long position) => OffsetIndex.Ceiling(Offsets, BaseOffset, position)?.Offset;

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
