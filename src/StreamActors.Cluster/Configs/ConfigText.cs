using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace StreamActors.Cluster.Configs;

/// <summary>How values of each type are written.</summary>
internal static class ConfigText
{
    public static bool TryParse(ConfigType type, string text, out string normalized, [NotNullWhen(false)] out string? problem)
    {
        var trimmed = text.Trim();
        problem = null;
        normalized = trimmed;
        switch (type)
        {
            case ConfigType.Boolean:
                normalized = trimmed.ToLowerInvariant();
                if (normalized is not ("true" or "false"))
                    problem = "must be true or false";
                break;
            case ConfigType.Short:
                problem = Integer(trimmed, short.MinValue, short.MaxValue, "SHORT", out normalized);
                break;
            case ConfigType.Int:
                problem = Integer(trimmed, int.MinValue, int.MaxValue, "INT", out normalized);
                break;
            case ConfigType.Long:
                problem = Integer(trimmed, long.MinValue, long.MaxValue, "LONG", out normalized);
                break;
            case ConfigType.Double:
                if (double.TryParse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && !double.IsNaN(number))
                    normalized = Format(number);
                else
                    problem = "not a number of type DOUBLE";
                break;
            case ConfigType.List:
                var items = SplitList(trimmed);
                if (items.Contains(""))
                    problem = "the list has an empty element";
                normalized = string.Join(',', items.Distinct());
                break;
            case ConfigType.Password:
                normalized = text;
                break;
        }

        return problem is null;
    }

    public static string[] SplitList(string text) =>
        text.Length == 0 ? [] : text.Split(',', StringSplitOptions.TrimEntries);

    /// <summary>As the Java clients and tools print a double: at least one decimal, an exponent from 10^7 on and below 10^-3.</summary>
    public static string Format(double value)
    {
        if (double.IsInfinity(value))
            return value > 0 ? "Infinity" : "-Infinity";
        if (value == 0)
            return double.IsNegative(value) ? "-0.0" : "0.0";
        var shortest = Math.Abs(value).ToString("E16", CultureInfo.InvariantCulture);
        for (var digits = 0; digits < 16; digits++)
        {
            var candidate = Math.Abs(value).ToString("E" + digits, CultureInfo.InvariantCulture);
            if (double.Parse(candidate, CultureInfo.InvariantCulture) == Math.Abs(value))
            {
                shortest = candidate;
                break;
            }
        }

        var e = shortest.IndexOf('E', StringComparison.Ordinal);
        var exponent = int.Parse(shortest.AsSpan(e + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = shortest[..e].Replace(".", "", StringComparison.Ordinal);
        var sign = value < 0 ? "-" : "";
        if (exponent is < -3 or >= 7)
            return $"{sign}{mantissa[0]}.{(mantissa.Length > 1 ? mantissa[1..] : "0")}E{exponent}";
        if (exponent < 0)
            return $"{sign}0.{new string('0', -exponent - 1)}{mantissa}";
        mantissa = mantissa.PadRight(exponent + 2, '0');
        return $"{sign}{mantissa[..(exponent + 1)]}.{mantissa[(exponent + 1)..]}";
    }

    private static string? Integer(string text, long min, long max, string type, out string normalized)
    {
        var fits = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max;
        normalized = fits ? number.ToString(CultureInfo.InvariantCulture) : text;
        return fits ? null : $"not a number of type {type}";
    }
}
