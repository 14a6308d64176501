using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace StreamActors.Cluster.Configs;

/// <summary>The settings of one kind of thing, in order of their names.</summary>
public sealed class ConfigTable
{
    private readonly Dictionary<string, ConfigDefinition> _byName;

    internal ConfigTable(ImmutableArray<ConfigDefinition> all)
    {
        All = all;
        _byName = all.ToDictionary(definition => definition.Name, StringComparer.Ordinal);
    }

    public ImmutableArray<ConfigDefinition> All { get; }

    /// <exception cref="KeyNotFoundException">No such setting: a mistake of the program, not of a user.</exception>
    public ConfigDefinition this[string name] => _byName[name];

    public bool TryGet(string name, [NotNullWhen(true)] out ConfigDefinition? definition) => _byName.TryGetValue(name, out definition);

    /// <summary>The known name that is written most like this one; null when none is close.</summary>
    public string? Nearest(string name) => NearestName.Of(name, _byName.Keys);

    /// <summary>"Unknown ... configuration NAME; did you mean OTHER?"</summary>
    internal string Unknown(string kind, string name) =>
        $"Unknown {kind} configuration {name}" + (Nearest(name) is { } near ? $"; did you mean {near}?" : "");
}
