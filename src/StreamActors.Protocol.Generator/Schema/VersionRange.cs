using System;
using System.Globalization;

namespace StreamActors.Protocol.Generator.Schema;

/// <summary>Versions from <see cref="Lowest"/> to <see cref="Highest"/>, both included.</summary>
internal readonly record struct VersionRange(int Lowest, int Highest)
{
    public const int Unbounded = short.MaxValue;

    public bool Contains(VersionRange other) => Lowest <= other.Lowest && Highest >= other.Highest;

    public bool Overlaps(VersionRange other) => Lowest <= other.Highest && Highest >= other.Lowest;

    public VersionRange Clip(VersionRange outer) => new(Math.Max(Lowest, outer.Lowest), Math.Min(Highest, outer.Highest));

    /// <summary>Reads <c>3</c>, <c>3+</c> or <c>3-7</c>.</summary>
    public static bool TryParse(string text, out VersionRange range)
    {
        range = default;
        var dash = text.IndexOf('-');
        if (text.EndsWith("+", StringComparison.Ordinal))
        {
            if (!TryNumber(text.Substring(0, text.Length - 1), out var from)) return false;
            range = new VersionRange(from, Unbounded);
            return true;
        }

        if (dash < 0)
        {
            if (!TryNumber(text, out var only)) return false;
            range = new VersionRange(only, only);
            return true;
        }

        if (!TryNumber(text.Substring(0, dash), out var lowest) || !TryNumber(text.Substring(dash + 1), out var highest)) return false;
        range = new VersionRange(lowest, highest);
        return lowest <= highest;
    }

    public override string ToString() =>
        Highest == Unbounded ? $"{Lowest}+" : Lowest == Highest ? $"{Lowest}" : $"{Lowest}-{Highest}";

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < Unbounded;
}
