using System.Text;
using System.Text.RegularExpressions;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>
/// Patterns that members subscribe by, in RE2's language as Kafka has it (KIP-848). .NET's engine without backtracking takes time in proportion to the name, like RE2,
/// and refuses the same things: looking around and back references.
/// </summary>
internal static class TopicPatterns
{
    /// <summary>An automaton is made of a pattern before it matches anything; these bound its size.</summary>
    public const int MaxLength = 1024;
    public const int MaxRepeat = 1000;

    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    /// <summary>A matcher of whole names, or what is wrong with the pattern.</summary>
    public static Regex? Compile(string pattern, out string? error)
    {
        error = pattern.Length > MaxLength ? $"It is longer than {MaxLength} characters." : null;
        if (error is not null) return null;
        try
        {
            if (RepeatOf(pattern) > MaxRepeat)
            {
                error = $"It repeats more than {MaxRepeat} times.";
                return null;
            }

            return new Regex($@"\A(?:{Translate(pattern)})\z", Options);
        }
        catch (Exception failure) when (failure is ArgumentException or NotSupportedException)
        {
            error = failure.Message;
            return null;
        }
    }

    /// <summary>What RE2 writes otherwise: named groups and quoted text.</summary>
    private static string Translate(string pattern)
    {
        var translated = new StringBuilder(pattern.Length);
        for (var at = 0; at < pattern.Length; at++)
        {
            var rest = pattern.AsSpan(at);
            if (rest.StartsWith("(?P<"))
            {
                translated.Append("(?<");
                at += 3;
            }
            else if (rest.StartsWith(@"\Q"))
            {
                var end = pattern.IndexOf(@"\E", at, StringComparison.Ordinal);
                var quoted = end < 0 ? pattern[(at + 2)..] : pattern[(at + 2)..end];
                translated.Append(Regex.Escape(quoted));
                at = end < 0 ? pattern.Length : end + 1;
            }
            else if (rest[0] == '\\' && rest.Length > 1)
            {
                translated.Append(rest[..2]);
                at++;
            }
            else translated.Append(rest[0]);
        }

        return translated.ToString();
    }

    /// <summary>An upper bound of how often anything in it is repeated by counts, since counts within counts multiply.</summary>
    private static long RepeatOf(string pattern)
    {
        long product = 1;
        for (var at = 0; at < pattern.Length; at++)
        {
            if (pattern[at] == '\\')
            {
                at++;
                continue;
            }

            if (pattern[at] != '{') continue;
            var end = pattern.IndexOf('}', at);
            if (end < 0) break;
            long largest = 1;
            foreach (var part in pattern[(at + 1)..end].Split(','))
            {
                if (long.TryParse(part, out var count)) largest = Math.Max(largest, Math.Min(count, MaxRepeat + 1));
            }

            product = Math.Min(product * largest, long.MaxValue / (MaxRepeat + 1));
        }

        return product;
    }
}
