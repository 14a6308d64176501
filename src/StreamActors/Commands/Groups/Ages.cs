using System.Globalization;
using System.Xml;

namespace StreamActors.Commands.Groups;

/// <summary>Lengths of time as people read and write them.</summary>
internal static class Ages
{
    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1)), ("h", TimeSpan.FromHours(1)),
        ("d", TimeSpan.FromDays(1)), ("w", TimeSpan.FromDays(7)),
    ];

    /// <summary><c>850ms</c>, <c>12s</c>, <c>3m 20s</c>, <c>5h 10m</c>, <c>2d 4h</c>: the two largest parts.</summary>
    public static string Text(TimeSpan age) => age switch
    {
        { Ticks: <= 0 } => "0s",
        { TotalSeconds: < 1 } => $"{(int)age.TotalMilliseconds}ms",
        { TotalMinutes: < 1 } => $"{(int)age.TotalSeconds}s",
        { TotalHours: < 1 } => Two((int)age.TotalMinutes, "m", age.Seconds, "s"),
        { TotalDays: < 1 } => Two((int)age.TotalHours, "h", age.Minutes, "m"),
        _ => Two((int)age.TotalDays, "d", age.Hours, "h"),
    };

    /// <summary>ISO 8601 (<c>PT1H30M</c>, <c>P7D</c>), or numbers with units (<c>1h30m</c>, <c>90s</c>, <c>2w</c>).</summary>
    public static bool TryParse(string text, out TimeSpan length)
    {
        length = TimeSpan.Zero;
        try
        {
            if (text.StartsWith('P')) length = XmlConvert.ToTimeSpan(text);
            else
            {
                var rest = text.AsSpan();
                while (!rest.IsEmpty)
                {
                    if (!TryTake(ref rest, out var part)) return false;
                    length += part;
                }
            }
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            return false;
        }

        return length > TimeSpan.Zero;
    }

    private static bool TryTake(ref ReadOnlySpan<char> rest, out TimeSpan part)
    {
        part = default;
        var digits = rest.IndexOfAnyExcept("0123456789");
        if (digits <= 0 || !long.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        rest = rest[digits..];
        var letters = rest.IndexOfAnyInRange('0', '9');
        var unit = (letters < 0 ? rest : rest[..letters]).ToString();
        foreach (var (name, length) in Units)
        {
            if (name != unit) continue;
            part = length * number;
            rest = rest[unit.Length..];
            return true;
        }

        return false;
    }

    private static string Two(int large, string largeUnit, int small, string smallUnit) =>
        small == 0 ? $"{large}{largeUnit}" : $"{large}{largeUnit} {small}{smallUnit}";
}
