using System.CommandLine;
using StreamActors.Cluster.Configs;

namespace StreamActors.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommandOptions
{
    public static Option<OutputFormat> Output() => new("--output", "-o")
    {
        Description = "Table for people, json for programs.",
        HelpName = "table|json",
        DefaultValueFactory = _ => OutputFormat.Table,
    };

    public static Argument<string> Topic() => new("topic") { Description = "Name of the topic." };

    public static Argument<string[]> Topics(bool optional) => new("topics")
    {
        Description = optional ? "Names of topics; all of them if none is given." : "Names of topics.",
        Arity = optional ? ArgumentArity.ZeroOrMore : ArgumentArity.OneOrMore,
    };

    /// <summary>NAME=VALUE of a topic, checked against what there is.</summary>
    public static Option<string[]> TopicConfigs()
    {
        var option = new Option<string[]>("--config", "-c") { Description = "A setting of the topic.", HelpName = "NAME=VALUE", DefaultValueFactory = _ => [] };
        option.Validators.Add(result =>
        {
            foreach (var text in result.GetValueOrDefault<string[]>() ?? [])
            {
                if (CheckTopicConfig(text) is { } error)
                    result.AddError(error);
            }
        });
        return option;
    }

    public static Option<int?> Number(string name, string description, int min, params string[] aliases)
    {
        var option = new Option<int?>(name, aliases) { Description = description, HelpName = "N" };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() < min)
                result.AddError($"{name} must be at least {min}");
        });
        return option;
    }

    /// <summary>NAME=VALUE, taken apart; the value may have more equals signs in it.</summary>
    public static KeyValuePair<string, string> Split(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return new(text[..equals].Trim(), text[(equals + 1)..]);
    }

    private static string? CheckTopicConfig(string text)
    {
        if (text.IndexOf('=', StringComparison.Ordinal) <= 0)
            return $"--config must be NAME=VALUE, not '{text}'";
        var (name, value) = Split(text);
        if (!ConfigCatalog.Topic.TryGet(name, out var definition))
            return $"unknown topic setting {name}" + (ConfigCatalog.Topic.Nearest(name) is { } near ? $"; did you mean {near}?" : "");
        return definition.TryValidate(value, out var error) ? null : error;
    }
}

internal enum OutputFormat
{
    Table,
    Json,
}
