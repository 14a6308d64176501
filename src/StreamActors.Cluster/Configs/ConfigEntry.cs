using System.Collections.Immutable;
using StreamActors.Protocol;

namespace StreamActors.Cluster.Configs;

/// <summary>A setting with its value in force and where that comes from: all that DescribeConfigs tells of it.</summary>
/// <param name="Value">Null where it has none, and always where it is sensitive.</param>
/// <param name="Synonyms">In order of precedence.</param>
public sealed record ConfigEntry(ConfigDefinition Definition, string? Value, ConfigSource Source, ImmutableArray<ConfigSynonym> Synonyms, bool IsReadOnly)
{
    public string Name => Definition.Name;

    /// <summary>DescribeConfigs version 0 asks this instead of the source.</summary>
    public bool IsDefault => Source == ConfigSource.Default;

    public bool IsSensitive => Definition.IsSensitive;

    public ConfigType Type => Definition.Type;

    public string Documentation => Definition.Documentation;
}
