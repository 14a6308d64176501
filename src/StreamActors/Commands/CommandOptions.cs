using System.CommandLine;
using System.CommandLine.Parsing;
using StreamActors.Cluster.Configs;

namespace StreamActors.Commands;

/// <summary>Options that several commands have.</summary>
internal static class CommandOptions
{
    public static Option<OutputFormat> Output()
    {
        var option = new Option<OutputFormat>("--output", "-o") { Description = "Table for people, json for programs.", DefaultValueFactory = _ => OutputFormat.Table };
        return option.AcceptOnlyFromAmong("table", "json");
    }

    /// <summary>How records are printed; <c>text</c> is another word for what is a table elsewhere.</summary>
    public static Option<OutputFormat> RecordFormat() => new("--output", "-o", "--format")
    {
        Description = "Lines of text, or json: an object on each line with partition, offset, timestamp, key, value and headers.",
        HelpName = "text|json",
        CustomParser = result => result.Tokens.Single().Value switch
        {
            "text" => OutputFormat.Table,
            "json" => OutputFormat.Json,
            var other => Refuse(result, $"--output must be text or json, not '{other}'"),
        },
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
        return option.Check(texts => texts.Select(CheckTopicConfig));
    }

    public static Option<int?> Number(string name, string description, int min, params string[] aliases)
    {
        var option = new Option<int?>(name, aliases) { Description = description, HelpName = "N" };
        return option.Check(number => [number < min ? $"{name} must be at least {min}" : null]);
    }

    /// <summary>Adds the errors that are found in a value; nulls are none. A value that is not of the type has been refused by the parser already.</summary>
    public static Option<T> Check<T>(this Option<T> option, Func<T, IEnumerable<string?>> errors)
    {
        option.Validators.Add(result =>
        {
            T value;
            try
            {
                value = result.GetValueOrDefault<T>()!;
            }
            catch (InvalidOperationException)
            {
                return;
            }

            foreach (var error in errors(value).OfType<string>())
                result.AddError(error);
        });
        return option;
    }

    /// <summary>NAME=VALUE, taken apart; the value may have more equals signs in it.</summary>
    public static KeyValuePair<string, string> Split(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return new(text[..equals].Trim(), text[(equals + 1)..]);
    }

    /// <summary>All NAME=VALUE; of two with the same name the last one counts.</summary>
    public static Dictionary<string, string> ToDictionary(string[]? texts)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in (texts ?? []).Select(Split))
            values[name] = value;
        return values;
    }

    private static OutputFormat Refuse(ArgumentResult result, string error)
    {
        result.AddError(error);
        return default;
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
