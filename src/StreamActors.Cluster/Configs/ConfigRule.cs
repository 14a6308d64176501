using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;

namespace StreamActors.Cluster.Configs;

/// <summary>Which values of its type a setting takes.</summary>
public abstract partial record ConfigRule
{
    /// <summary>Null when the value, normalized already, is valid; otherwise what it must be.</summary>
    public abstract string? Check(ConfigType type, string value);

    /// <summary>The rule in words, for documentation; empty when everything is valid.</summary>
    public abstract string Describe();

    public sealed record Anything : ConfigRule
    {
        public override string? Check(ConfigType type, string value) => null;

        public override string Describe() => "";
    }

    public sealed record NotEmpty : ConfigRule
    {
        public override string? Check(ConfigType type, string value) => value.Length == 0 ? "must not be empty" : null;

        public override string Describe() => "not empty";
    }

    /// <summary>A number within bounds, or the one value outside them.</summary>
    public sealed record Range(double Min, double? Max, double? Or) : ConfigRule
    {
        public override string? Check(ConfigType type, string value)
        {
            var number = double.Parse(value, CultureInfo.InvariantCulture);
            if (number == Or || (number >= Min && (Max is null || number <= Max)))
                return null;
            return Or is not null
                ? $"must be between {Min} and {Max}, or {Or}"
                : number < Min ? $"must be at least {Min}" : $"must be at most {Max}";
        }

        public override string Describe() => Max is null ? $"at least {Min}" : $"{Min} to {Max}" + (Or is null ? "" : $", or {Or}");
    }

    /// <summary>One of the words; of a list, each element.</summary>
    public sealed record OneOf(ImmutableArray<string> Words, bool IgnoreCase) : ConfigRule
    {
        public override string? Check(ConfigType type, string value)
        {
            var comparer = IgnoreCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
            var valid = type == ConfigType.List
                ? ConfigText.SplitList(value).All(item => Words.Contains(item, comparer))
                : Words.Contains(value, comparer);
            return valid ? null : $"must be {(type == ConfigType.List ? "a list of" : "one of")}: {string.Join(", ", Words)}";
        }

        public override string Describe() => string.Join(", ", Words);
    }

    /// <summary>"*" or partition:broker pairs.</summary>
    public sealed partial record ThrottledReplicas : ConfigRule
    {
        public override string? Check(ConfigType type, string value) =>
            value == "*" || ConfigText.SplitList(value).All(item => Pair().IsMatch(item))
                ? null
                : "must be * or a list of partition:broker, such as 0:101,0:102,1:101";

        public override string Describe() => "* or partition:broker,...";

        [GeneratedRegex("^[0-9]{1,10}:[0-9]{1,10}$", RegexOptions.CultureInvariant)]
        private static partial Regex Pair();
    }

    /// <summary>Start of a share group: "latest", "earliest" or "by_duration:" and an ISO 8601 duration that is not negative.</summary>
    public sealed record OffsetReset : ConfigRule
    {
        public override string? Check(ConfigType type, string value)
        {
            if (value.ToLowerInvariant() is "latest" or "earliest")
                return null;
            const string prefix = "by_duration:";
            if (value.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                try
                {
                    if (XmlConvert.ToTimeSpan(value[prefix.Length..]) >= TimeSpan.Zero)
                        return null;
                }
                catch (Exception e) when (e is FormatException or OverflowException)
                {
                    // Said below, with what would be valid.
                }
            }

            return "must be latest, earliest or by_duration:PnDTnHnMn.nS with a duration that is not negative";
        }

        public override string Describe() => "latest, earliest, by_duration:PnDTnHnMn.nS";
    }
}
