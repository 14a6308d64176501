using System.Collections.Immutable;
using StreamActors.Protocol;

namespace StreamActors.Cluster.Configs;

/// <summary>Finds the value in force of a topic's settings: its own, else the broker's, else the default.</summary>
public static class TopicConfigResolver
{
    /// <summary>Every setting of a topic that clients are shown, in order of the names.</summary>
    public static ImmutableArray<ConfigEntry> Resolve(
        IReadOnlyDictionary<string, string> topicOverrides,
        IReadOnlyDictionary<string, string> dynamicBroker,
        IReadOnlyDictionary<string, string> dynamicDefault,
        IReadOnlyDictionary<string, string> staticBroker) =>
        Resolve(topicOverrides, new BrokerConfigLayers(dynamicBroker, dynamicDefault, staticBroker));

    /// <inheritdoc cref="Resolve(IReadOnlyDictionary{string, string}, IReadOnlyDictionary{string, string}, IReadOnlyDictionary{string, string}, IReadOnlyDictionary{string, string})"/>
    public static ImmutableArray<ConfigEntry> Resolve(IReadOnlyDictionary<string, string> topicOverrides, BrokerConfigLayers broker) =>
        [.. ConfigCatalog.Topic.All.Where(definition => !definition.IsInternal).Select(definition => Entry(definition, topicOverrides, broker))];

    /// <summary>The values alone, typed.</summary>
    public static ConfigValues Values(IReadOnlyDictionary<string, string> topicOverrides, BrokerConfigLayers broker) =>
        new(ConfigCatalog.Topic, definition => Value(definition, topicOverrides, broker));

    private static ConfigEntry Entry(ConfigDefinition definition, IReadOnlyDictionary<string, string> overrides, BrokerConfigLayers broker)
    {
        var value = Value(definition, overrides, broker);
        ImmutableArray<ConfigSynonym> synonyms = definition.BrokerSynonyms is [var first, ..] ? broker.SynonymsOf(first.Name) : [];
        if (overrides.ContainsKey(definition.Name))
            synonyms = synonyms.Insert(0, new ConfigSynonym(definition.Name, value, ConfigSource.DynamicTopic));
        return new ConfigEntry(definition, value, synonyms is [var top, ..] ? top.Source : ConfigSource.Default, synonyms, IsReadOnly: false);
    }

    private static string? Value(ConfigDefinition definition, IReadOnlyDictionary<string, string> overrides, BrokerConfigLayers broker)
    {
        if (overrides.TryGetValue(definition.Name, out var own))
            return definition.TryNormalize(own, out var normalized, out _) ? normalized : own;
        return broker.Value(definition.BrokerSynonyms) ?? definition.Default;
    }
}
