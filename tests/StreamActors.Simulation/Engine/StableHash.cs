namespace StreamActors.Simulation.Engine;

/// <summary>FNV-1a: the same in every process, unlike <see cref="string.GetHashCode()"/>.</summary>
internal static class StableHash
{
    public const ulong Start = 0xCBF29CE484222325;

    private const ulong Prime = 0x100000001B3;

    public static ulong Of(string text)
    {
        var hash = Start;
        foreach (var character in text) hash = (hash ^ character) * Prime;
        return hash;
    }

    public static ulong Mix(ulong hash, ulong value)
    {
        for (var shift = 0; shift < 64; shift += 8) hash = (hash ^ ((value >> shift) & 0xFF)) * Prime;
        return hash;
    }
}
