namespace StreamActors.Storage.Segment;

/// <summary>
/// Which bytes of a segment's file this process has written or found good: one range of each kind. Whatever else is read is checked first, once;
/// consumers read forward, so that a range is enough. Their ends are where batches begin. Thread-safe.
/// </summary>
internal sealed class CheckedRanges
{
    private readonly Lock guard = new();
    private (long From, long To) written;
    private (long From, long To) read;

    public void AddWritten(long from, long to)
    {
        lock (guard) written = Merge(written, from, to);
    }

    public void AddRead(long from, long to)
    {
        lock (guard) read = Merge(read, from, to);
    }

    /// <summary>Forgets what lay at or behind a place where the file was cut.</summary>
    public void Cut(long size)
    {
        lock (guard)
        {
            written = (Math.Min(written.From, size), Math.Min(written.To, size));
            read = (Math.Min(read.From, size), Math.Min(read.To, size));
        }
    }

    /// <summary>What of a range is still to be checked; empty where nothing is.</summary>
    public (long From, long To) Unchecked(long from, long to)
    {
        lock (guard)
        {
            (from, to) = Without(written, from, to);
            (from, to) = Without(read, from, to);
            return Without(written, from, to);
        }
    }

    private static (long From, long To) Merge((long From, long To) range, long from, long to) =>
        from <= range.To && to >= range.From ? (Math.Min(from, range.From), Math.Max(to, range.To)) : (from, to);

    private static (long From, long To) Without((long From, long To) range, long from, long to)
    {
        if (from >= range.From && from < range.To) from = Math.Min(to, range.To);
        if (to > range.From && to <= range.To) to = Math.Max(from, range.From);
        return (from, to);
    }
}
