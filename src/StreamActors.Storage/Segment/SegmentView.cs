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
    public (long Position, int Size)? Find(long offset)
    {
        Span<byte> buffer = stackalloc byte[BatchScanner.BufferSize];
        var start = OffsetIndex.Floor(Offsets, BaseOffset, offset).Position;
        var scanner = new BatchScanner(Segment.File, start, Size, buffer);
        while (scanner.MoveNext())
        {
            if (scanner.Header.LastOffset >= offset) return (scanner.Position, scanner.Size);
        }

        return null;
    }

    /// <summary>Where the last whole batch ends that begins at or behind <paramref name="start"/> and ends at or before <paramref name="limit"/>.</summary>
    public long LastBatchEnd(long start, long limit)
    {
        if (limit >= Size) return Size;
        Span<byte> buffer = stackalloc byte[BatchScanner.BufferSize];
        var from = Math.Max(start, OffsetIndex.FloorOfPosition(Offsets, BaseOffset, limit).Position);
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
            if (header.MaxTimestamp < timestamp || header.LastOffset < fromOffset) continue;
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
