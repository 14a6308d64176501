namespace StreamActors.Simulation.Engine;

/// <summary>
/// Seeded randomness (SplitMix64): the same numbers on every platform and runtime. Each concern draws from a stream of its
/// own, so that one more draw in the disk does not change what the network does.
/// </summary>
internal sealed class WorldRandom(ulong seed)
{
    private ulong state = seed;

    public static WorldRandom Stream(ulong seed, string concern) => new(seed ^ StableHash.Of(concern));

    public ulong NextUInt64()
    {
        state += 0x9E3779B97F4A7C15;
        var mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>From 0 to <paramref name="exclusiveMax"/>, which is not reached.</summary>
    public int Next(int exclusiveMax) => (int)(NextUInt64() % (ulong)exclusiveMax);

    public int Next(int min, int exclusiveMax) => min + Next(exclusiveMax - min);

    public bool Chance(double probability) => (NextUInt64() >> 11) * (1.0 / (1UL << 53)) < probability;

    public TimeSpan Between(TimeSpan min, TimeSpan max) => min + TimeSpan.FromTicks((long)(NextUInt64() % (ulong)((max - min).Ticks + 1)));

    public T Pick<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var other = Next(i + 1);
            (items[i], items[other]) = (items[other], items[i]);
        }
    }

    public Guid NextGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, NextUInt64());
        BitConverter.TryWriteBytes(bytes[8..], NextUInt64());
        return new Guid(bytes);
    }
}
