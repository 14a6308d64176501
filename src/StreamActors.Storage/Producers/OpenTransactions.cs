namespace StreamActors.Storage.Producers;

/// <summary>
/// The transactions that keep consumers of committed records waiting: those that are open, and those whose marker is not below the high
/// watermark yet.
/// </summary>
internal sealed class OpenTransactions
{
    private readonly SortedDictionary<long, long> open = [];
    private readonly SortedDictionary<long, long> unreplicated = [];

    /// <summary>The first offset of the earliest of them; null where there is none.</summary>
    public long? FirstUnstableOffset
    {
        get
        {
            var first = long.MaxValue;
            if (open.Count > 0) first = First(open);
            if (unreplicated.Count > 0) first = Math.Min(first, First(unreplicated));
            return first == long.MaxValue ? null : first;
        }
    }

    public void Begin(long firstOffset, long producerId) => open[firstOffset] = producerId;

    /// <summary>Ends a transaction; returns the last stable offset that its marker leaves, replicated or not.</summary>
    public long End(long firstOffset, long markerOffset)
    {
        open.Remove(firstOffset);
        unreplicated[firstOffset] = markerOffset;
        return open.Count == 0 ? markerOffset + 1 : First(open);
    }

    public void AdvanceHighWatermark(long highWatermark)
    {
        while (unreplicated.Count > 0)
        {
            var done = -1L;
            foreach (var (first, marker) in unreplicated)
            {
                if (marker < highWatermark) done = first;
                break;
            }

            if (done < 0) return;
            unreplicated.Remove(done);
        }
    }

    /// <summary>Forgets those that begin before the log does.</summary>
    public void Forget(long producerId, long firstOffset)
    {
        if (open.TryGetValue(firstOffset, out var owner) && owner == producerId) open.Remove(firstOffset);
    }

    private static long First(SortedDictionary<long, long> transactions)
    {
        foreach (var first in transactions.Keys) return first;
        return long.MaxValue;
    }
}
