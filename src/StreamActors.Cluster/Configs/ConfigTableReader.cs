using System.Collections.Immutable;
using System.Globalization;

namespace StreamActors.Cluster.Configs;

/// <summary>Reads the tables that are embedded into this assembly; their form is told at the head of each.</summary>
internal static class ConfigTableReader
{
    public static ConfigTable Read(string resource)
    {
        using var stream = typeof(ConfigTableReader).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"resource {resource} is not embedded");
        using var reader = new StreamReader(stream);
        return Parse(resource, reader);
    }

    internal static ConfigTable Parse(string name, TextReader reader)
    {
        var definitions = ImmutableArray.CreateBuilder<ConfigDefinition>();
        string? head = null;
        ImmutableArray<BrokerSynonym> synonyms = [];
        for (var number = 1; reader.ReadLine() is { } line; number++)
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            try
            {
                if (line[0] != ' ')
                    (head, synonyms) = (line, []);
                else if (line.StartsWith("  broker: ", StringComparison.Ordinal))
                    synonyms = [.. line["  broker: ".Length..].Split(", ").Select(Synonym)];
                else
                    definitions.Add(Definition(head!.Split("  "), synonyms, line.Trim()));
            }
            catch (Exception e) when (e is FormatException or ArgumentException or IndexOutOfRangeException or NullReferenceException)
            {
                throw new InvalidOperationException($"{name}:{number}: {e.Message}", e);
            }
        }

        return new ConfigTable(definitions.ToImmutable());
    }

    private static ConfigDefinition Definition(string[] columns, ImmutableArray<BrokerSynonym> synonyms, string documentation) => new()
    {
        Name = columns[0],
        Type = Word<ConfigType>(columns[1]),
        Default = columns[2] switch { "~" or "!" => null, "\"\"" => "", var text => text },
        IsRequired = columns[2] == "!",
        Rule = Rule(columns[3]),
        Importance = Word<ConfigImportance>(columns[4]),
        Update = columns.Contains("cluster-wide") ? ConfigUpdate.ClusterWide : columns.Contains("per-broker") ? ConfigUpdate.PerBroker : ConfigUpdate.ReadOnly,
        IsInternal = columns.Contains("internal"),
        IsDynamicOnly = columns.Contains("dynamic-only"),
        BrokerSynonyms = synonyms,
        Documentation = documentation,
    };

    private static T Word<T>(string word)
        where T : struct, Enum => Enum.Parse<T>(word, ignoreCase: true);

    private static BrokerSynonym Synonym(string text)
    {
        var parts = text.Split(" * ");
        return new BrokerSynonym(parts[0], parts.Length == 1 ? 1 : long.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    private static ConfigRule Rule(string text)
    {
        switch (text)
        {
            case "-" or "not-null":
                return new ConfigRule.Anything();
            case "not-empty":
                return new ConfigRule.NotEmpty();
            case "throttled-replicas":
                return new ConfigRule.ThrottledReplicas();
            case "offset-reset":
                return new ConfigRule.OffsetReset();
        }

        if (text.StartsWith("in:", StringComparison.Ordinal))
            return new ConfigRule.OneOf([.. text[3..].Split(',')], IgnoreCase: false);
        if (text.StartsWith("in-any-case:", StringComparison.Ordinal))
            return new ConfigRule.OneOf([.. text[12..].Split(',')], IgnoreCase: true);

        var dots = text.IndexOf("..", StringComparison.Ordinal);
        var ends = text[(dots + 2)..].Split('|');
        return new ConfigRule.Range(
            Number(text[..dots]),
            ends[0].Length == 0 ? null : Number(ends[0]),
            ends.Length == 1 ? null : Number(ends[1]));
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
