using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace StreamActors.Cluster.Configs;

/// <summary>One setting: what it is called, which values it takes and what they mean.</summary>
public sealed class ConfigDefinition
{
    public required string Name { get; init; }

    public required ConfigType Type { get; init; }

    /// <summary>Normalized; null where the setting has no value unless it is given.</summary>
    public required string? Default { get; init; }

    public required ConfigRule Rule { get; init; }

    public required ConfigImportance Importance { get; init; }

    public required ConfigUpdate Update { get; init; }

    public required string Documentation { get; init; }

    /// <summary>Must be given: there is no sensible default.</summary>
    public bool IsRequired { get; init; }

    /// <summary>Taken, but not shown to clients.</summary>
    public bool IsInternal { get; init; }

    /// <summary>Cannot be given in a file, only set while the broker runs.</summary>
    public bool IsDynamicOnly { get; init; }

    /// <summary>Broker settings that give a topic or group setting its default; the first that has a value wins.</summary>
    public ImmutableArray<BrokerSynonym> BrokerSynonyms { get; init; } = [];

    /// <summary>The value is never sent to clients nor logged.</summary>
    public bool IsSensitive => Type == ConfigType.Password;

    /// <summary>Says whether the value is of the type and within the rule; the error names value, setting and what is valid.</summary>
    public bool TryValidate(string? value, [NotNullWhen(false)] out string? error) => TryNormalize(value, out _, out error);

    /// <summary>
    /// Validates, and gives the one way to write the value: numbers without sign and padding, lists without blanks and repetitions,
    /// booleans in lower case.
    /// </summary>
    public bool TryNormalize(string? value, out string? normalized, [NotNullWhen(false)] out string? error)
    {
        normalized = null;
        if (value is null)
        {
            error = Default is null && !IsRequired ? null : $"Invalid value null for configuration {Name}: a value is needed";
            return error is null;
        }

        if (!ConfigText.TryParse(Type, value, out normalized, out var problem) || (problem = Rule.Check(Type, normalized)) is not null)
        {
            error = $"Invalid value {(IsSensitive ? "[hidden]" : value)} for configuration {Name}: {problem}";
            normalized = null;
            return false;
        }

        error = null;
        return true;
    }

    public override string ToString() => $"{Name} ({Type})";
}
