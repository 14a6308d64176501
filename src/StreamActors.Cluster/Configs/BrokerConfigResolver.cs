using System.Collections.Immutable;
using StreamActors.Protocol;

namespace StreamActors.Cluster.Configs;

/// <summary>Describes the settings of a broker, of all brokers by default, of a group and of a client metrics subscription.</summary>
public static class BrokerConfigResolver
{
    /// <summary>Every setting of one broker that clients are shown.</summary>
    public static ImmutableArray<ConfigEntry> Resolve(BrokerConfigLayers layers)
    {
        var entries = ImmutableArray.CreateBuilder<ConfigEntry>();
        foreach (var definition in ConfigCatalog.Broker.All)
        {
            var synonyms = layers.SynonymsOf(definition.Name);
            if (definition.IsInternal || (definition.IsDynamicOnly && synonyms.IsEmpty))
                continue;
            var source = synonyms is [var first, ..] ? first.Source : ConfigSource.Default;
            entries.Add(Entry(definition, layers.Value(definition.Name), source, synonyms));
        }

        return entries.ToImmutable();
    }

    /// <summary>What was set for all brokers while they run: the broker resource without a name.</summary>
    public static ImmutableArray<ConfigEntry> ResolveDefaults(IReadOnlyDictionary<string, string> dynamicDefault)
    {
        var entries = ImmutableArray.CreateBuilder<ConfigEntry>();
        foreach (var definition in ConfigCatalog.Broker.All)
        {
            if (!dynamicDefault.TryGetValue(definition.Name, out var value))
                continue;
            value = definition.TryNormalize(value, out var normalized, out _) ? normalized : value;
            var shown = definition.IsSensitive ? null : value;
            entries.Add(Entry(definition, value, ConfigSource.DynamicDefaultBroker, [new(definition.Name, shown, ConfigSource.DynamicDefaultBroker)]));
        }

        return entries.ToImmutable();
    }

    /// <summary>Every setting of a group.</summary>
    public static ImmutableArray<ConfigEntry> ResolveGroup(IReadOnlyDictionary<string, string> groupOverrides, BrokerConfigLayers layers) =>
        [.. ConfigCatalog.Group.All.Select(definition => Group(definition, groupOverrides, layers))];

    /// <summary>Every setting of a client metrics subscription.</summary>
    public static ImmutableArray<ConfigEntry> ResolveClientMetrics(IReadOnlyDictionary<string, string> overrides) =>
        [.. ConfigCatalog.ClientMetrics.All.Select(definition => overrides.TryGetValue(definition.Name, out var own)
            ? new ConfigEntry(definition, own, ConfigSource.ClientMetrics, [new(definition.Name, own, ConfigSource.ClientMetrics)], IsReadOnly: false)
            : new ConfigEntry(definition, definition.Default, ConfigSource.Default, [], IsReadOnly: false))];

    private static ConfigEntry Entry(ConfigDefinition definition, string? value, ConfigSource source, ImmutableArray<ConfigSynonym> synonyms) =>
        new(definition, definition.IsSensitive ? null : value, source, synonyms, IsReadOnly: definition.Update == ConfigUpdate.ReadOnly);

    private static ConfigEntry Group(ConfigDefinition definition, IReadOnlyDictionary<string, string> overrides, BrokerConfigLayers layers)
    {
        var synonyms = definition.BrokerSynonyms is [var first, ..]
            ? layers.SynonymsOf(first.Name)
            : [new ConfigSynonym(definition.Name, definition.Default, ConfigSource.Default)];
        var value = layers.Value(definition.BrokerSynonyms) ?? definition.Default;
        if (overrides.TryGetValue(definition.Name, out var own))
        {
            value = definition.TryNormalize(own, out var normalized, out _) ? normalized : own;
            synonyms = synonyms.Insert(0, new ConfigSynonym(definition.Name, value, ConfigSource.Group));
        }

        return new ConfigEntry(definition, value, synonyms is [var top, ..] ? top.Source : ConfigSource.Default, synonyms, IsReadOnly: false);
    }
}
