using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace StreamActors.Storage.Compaction;

/// <summary>
/// The last offset of each key, within a budget of bytes: an open hash table in one array. Of a key only 128 bits of hash are kept, as Kafka
/// keeps an MD5: with a billion keys the odds that any two of them are taken for one are about 10^-21. The seed differs from pass to pass, so
/// that two keys that were taken for one in a pass are told apart in the next.
/// </summary>
internal sealed class OffsetMap
{
    private const int EntrySize = 24;
    private const int FewestSlots = 1024;

    private readonly Entry[] entries;
    private readonly int most;
    private readonly long seed;

    /// <param name="keys">The most that can come; the map is no larger than that needs.</param>
    /// <param name="budget">Bytes that the map may take.</param>
    /// <param name="loadFactor">How full it may become, between 0 and 1.</param>
    /// <param name="seed">Any number.</param>
    public OffsetMap(long keys, long budget, double loadFactor, long seed)
    {
        var affordable = Math.Clamp(budget / EntrySize, FewestSlots, Array.MaxLength);
        // Half full is fast; only the budget makes it fuller.
        entries = new Entry[Math.Clamp(keys > affordable / 2 ? affordable : keys * 2, FewestSlots, affordable)];
        most = (int)Math.Clamp(entries.Length * loadFactor, 1, entries.Length - 1);
        this.seed = seed;
    }

    public int Count { get; private set; }

    /// <summary>Whether another key would exceed the budget.</summary>
    public bool IsFull => Count >= most;

    /// <summary>The last offset that the map covers, whether its record had a key or not; -1 where it covers nothing.</summary>
    public long LatestOffset { get; private set; } = -1;

    /// <summary>Notes an offset of a key, which is above all before it.</summary>
    public void Put(ReadOnlySpan<byte> key, long offset)
    {
        ref var entry = ref Find(key);
        if (entry.OffsetAndOne == 0) Count++;
        entry.OffsetAndOne = offset + 1;
        LatestOffset = offset;
    }

    /// <summary>Notes that all up to an offset was looked at.</summary>
    public void Cover(long offset) => LatestOffset = Math.Max(LatestOffset, offset);

    /// <summary>The key's last offset; -1 where it has none in the map.</summary>
    public long Get(ReadOnlySpan<byte> key) => Find(key).OffsetAndOne - 1;

    private ref Entry Find(ReadOnlySpan<byte> key)
    {
        var hash = XxHash128.HashToUInt128(key, seed);
        var (high, low) = ((ulong)(hash >> 64), (ulong)hash);
        var at = (int)Math.BigMul(low, (ulong)entries.Length, out _);
        while (true)
        {
            ref var entry = ref entries[at];
            if (entry.OffsetAndOne == 0)
            {
                // Whoever only asks leaves a hash behind, which the next one to put a key here overwrites.
                entry.High = high;
                entry.Low = low;
                return ref entry;
            }

            if (entry.Low == low && entry.High == high) return ref entry;
            if (++at == entries.Length) at = 0;
        }
    }

    [StructLayout(LayoutKind.Sequential, Pack = 8)]
    private struct Entry
    {
        public ulong High;
        public ulong Low;

        /// <summary>0 where the slot is free.</summary>
        public long OffsetAndOne;
    }
}
