using StreamActors.Protocol.Records;
using StreamActors.Storage.Segment;

namespace StreamActors.Storage.Compaction;

/// <summary>
/// Reads the batches of sealed neighbours, one after the other. Whatever is not a whole batch with a good CRC, or does not fit between its neighbours, throws
/// <see cref="CorruptLogException"/>.
/// </summary>
internal sealed class SegmentsReader : IDisposable
{
    private readonly IReadOnlyList<LogSegment> segments;
    private readonly long[] sizes;
    private readonly int lastWithBatches;
    private readonly long endOffset;
    private BatchFileReader? reader;
    private long start;
    private long next;
    private int index;

    /// <param name="segments">The segments.</param>
    /// <param name="start">Where in the first of them to begin.</param>
    /// <param name="endOffset">All their offsets are below it.</param>
    public SegmentsReader(IReadOnlyList<LogSegment> segments, long start, long endOffset)
    {
        this.endOffset = endOffset;
        this.segments = segments;
        this.start = start;
        sizes = [.. segments.Select(segment => segment.Size)];
        lastWithBatches = Array.FindLastIndex(sizes, size => size > 0);
        Remaining = sizes.Sum() - start;
    }

    public RecordBatch Current => reader!.Current;

    /// <summary>Nothing but empty segments follows.</summary>
    public bool IsLast => index == lastWithBatches && reader!.Position + Current.Memory.Length == sizes[index];

    /// <summary>Bytes behind the current batch.</summary>
    public long Remaining { get; private set; }

    public bool MoveNext()
    {
        for (; index < segments.Count; index++, start = 0)
        {
            reader ??= new BatchFileReader(segments[index].File, start, sizes[index]);
            if (reader.MoveNext())
            {
                var header = Current.Header;
                if (!Current.IsCrcValid) throw new CorruptLogException(header.BaseOffset, BatchError.CrcMismatch);
                // No CRC covers a batch's first offset.
                var end = index + 1 < segments.Count ? segments[index + 1].BaseOffset : endOffset;
                next = Math.Max(next, segments[index].BaseOffset);
                if (header.BaseOffset < next || header.LastOffset >= end) throw new CorruptLogException(next, $"its offsets are {header.BaseOffset} to {header.LastOffset}");
                next = header.NextOffset;
                Remaining -= Current.Memory.Length;
                return true;
            }

            if (reader.Error != BatchError.None) throw new CorruptLogException(segments[index].BaseOffset, reader.Error);
            reader.Dispose();
            reader = null;
        }

        return false;
    }

    public void Dispose() => reader?.Dispose();
}
