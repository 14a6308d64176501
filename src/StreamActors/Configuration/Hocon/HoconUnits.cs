using System.Globalization;
using System.Numerics;

namespace StreamActors.Configuration.Hocon;

/// <summary>Durations and sizes: a number and a unit.</summary>
public static class HoconUnits
{
    public const string Durations = "a duration such as 500ms, 10s, 5 minutes, 1h or 7d";
    public const string Sizes = "a size such as 512k, 64 KiB or 1 MB";

    /// <summary>A number alone is milliseconds.</summary>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        duration = default;
        if (!Split(text, out var number, out var unit))
            return false;
        decimal? ticks = unit switch
        {
            "ns" or "nano" or "nanos" or "nanosecond" or "nanoseconds" => 0.01m,
            "us" or "micro" or "micros" or "microsecond" or "microseconds" => TimeSpan.TicksPerMicrosecond,
            "" or "ms" or "milli" or "millis" or "millisecond" or "milliseconds" => TimeSpan.TicksPerMillisecond,
            "s" or "second" or "seconds" => TimeSpan.TicksPerSecond,
            "m" or "minute" or "minutes" => TimeSpan.TicksPerMinute,
            "h" or "hour" or "hours" => TimeSpan.TicksPerHour,
            "d" or "day" or "days" => TimeSpan.TicksPerDay,
            _ => null,
        };
        if (ticks is null || !Product(number, ticks.Value, out var product))
            return false;
        duration = TimeSpan.FromTicks(product);
        return true;
    }

    /// <summary>A number alone is bytes. One letter and "...iB" are powers of 1024, the others powers of 1000.</summary>
    public static bool TrySize(string text, out long bytes)
    {
        bytes = 0;
        if (!Split(text, out var number, out var unit))
            return false;
        return Factor(unit) is { } factor && Product(number, factor, out bytes);
    }

    private static decimal? Factor(string unit)
    {
        if (unit is "" or "B" or "b" or "byte" or "bytes")
            return 1;
        string[] decimals = ["kilo", "mega", "giga", "tera", "peta", "exa"];
        string[] binaries = ["kibi", "mebi", "gibi", "tebi", "pebi", "exbi"];
        for (var i = 0; i < decimals.Length; i++)
        {
            var letter = "KMGTPE"[i].ToString();
            if (unit == letter || unit == letter.ToLowerInvariant() || unit == letter + "i" || unit == letter + "iB"
                || unit == binaries[i] + "byte" || unit == binaries[i] + "bytes")
                return (decimal)BigInteger.Pow(1024, i + 1);
            if (unit == (i == 0 ? "kB" : letter + "B") || unit == decimals[i] + "byte" || unit == decimals[i] + "bytes")
                return (decimal)BigInteger.Pow(1000, i + 1);
        }

        return null;
    }

    private static bool Split(string text, out decimal number, out string unit)
    {
        var trimmed = text.Trim();
        var letters = trimmed.Length;
        while (letters > 0 && char.IsAsciiLetter(trimmed[letters - 1]))
            letters--;
        unit = trimmed[letters..];
        return decimal.TryParse(
            trimmed.AsSpan(0, letters).TrimEnd(),
            NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture,
            out number);
    }

    private static bool Product(decimal number, decimal factor, out long product)
    {
        product = 0;
        if (Math.Abs(number) > decimal.MaxValue / Math.Max(1, factor))
            return false;
        var exact = decimal.Round(number * factor);
        if (exact < long.MinValue || exact > long.MaxValue)
            return false;
        product = (long)exact;
        return true;
    }
}
