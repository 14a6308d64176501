namespace StreamActors.Storage.Segment;

/// <summary>Where a batch lies.</summary>
/// <param name="LastOffset">Its last offset, relative to the segment's base.</param>
/// <param name="Position">Where it begins in the segment's file.</param>
internal readonly record struct BatchPlace(int LastOffset, int Position);

/// <summary>
/// Where the batches lie that were last appended to a segment, in memory: who reads at the log's end, as most do, needs neither the index nor a header from
/// the file. What is in an array never changes, so that a view of it stays good.
/// </summary>
internal sealed class BatchTail
{
    private const int Length = 64;

    private BatchPlace[]? earlier;
    private BatchPlace[] current = [];
    private int count;

    public BatchTailView View => new(earlier, current, count);

    public void Add(BatchPlace place)
    {
        if (count == current.Length)
        {
            if (count == Length) (earlier, count) = (current, 0);
            // A log that is hardly written to needs little.
            current = count == 0 ? new BatchPlace[earlier is null ? 4 : Length] : [.. current, .. new BatchPlace[count]];
        }

        current[count++] = place;
    }

    public void Clear() => (earlier, current, count) = (null, [], 0);
}

/// <summary>The tail as it is at one moment.</summary>
internal readonly struct BatchTailView(BatchPlace[]? earlier, BatchPlace[] current, int count)
{
    private int Count => (earlier?.Length ?? 0) + count;

    /// <summary>Where the first batch begins that ends at or behind an offset (relative to the base), and its size; null where it lies before the tail.</summary>
    /// <param name="offset">The offset.</param>
    /// <param name="end">Where the last batch ends.</param>
    public (long Position, int Size)? Find(long offset, long end)
    {
        // Of the first batch nobody knows where the one before ends.
        if (Count == 0 || offset <= this[0].LastOffset) return null;
        int low = 1, high = Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (this[middle].LastOffset < offset) low = middle + 1;
            else high = middle;
        }

        if (low == Count) return null;
        return (this[low].Position, (int)((low + 1 < Count ? this[low + 1].Position : end) - this[low].Position));
    }

    /// <summary>The last place at or before a position where a batch begins; null where that is before the tail.</summary>
    public long? LastStart(long position)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (this[middle].Position <= position) low = middle + 1;
            else high = middle;
        }

        return low == 0 ? null : this[low - 1].Position;
    }

    private BatchPlace this[int index] => earlier is null ? current[index] : index < earlier.Length ? earlier[index] : current[index - earlier.Length];
}
