using System.Collections.Concurrent;
using StreamActors.Cluster.Configs;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Storage;

namespace StreamActors.Broker.Replicas;

/// <summary>
/// The settings of topics as logs want them, resolved once per topic and change, and shared by its partitions.
/// </summary>
/// <param name="staticBrokerConfigs">This broker's own settings, Kafka's names.</param>
public sealed class TopicLogConfigs(IReadOnlyDictionary<string, string> staticBrokerConfigs)
{
    private readonly ConcurrentDictionary<string, Entry> known = new(StringComparer.Ordinal);

    public LogConfig For(MetadataImage image, string topic)
    {
        var own = image.ConfigsOf(ConfigResourceType.Topic, topic);
        var defaults = image.ConfigsOf(ConfigResourceType.Broker, "");
        if (known.TryGetValue(topic, out var entry) && ReferenceEquals(entry.Own, own) && ReferenceEquals(entry.Defaults, defaults)) return entry.Config;
        var resolved = TopicConfigResolver.Resolve(own, MetadataImage.NoConfigs, defaults, staticBrokerConfigs);
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var setting in resolved)
        {
            if (setting.Value is { } value) settings[setting.Name] = value;
        }

        // Clients are shown no internal ones, but logs obey those that were let in.
        foreach (var (name, value) in own.Where(pair => ConfigCatalog.Topic.TryGet(pair.Key, out var definition) && definition.IsInternal)) settings[name] = value;
        var config = LogConfig.Parse(settings);
        // The settings that most topics have are one object, not one per topic.
        if (own.IsEmpty) config = known.GetOrAdd("", new Entry(own, defaults, config)) is { } shared && ReferenceEquals(shared.Defaults, defaults) ? shared.Config : config;
        known[topic] = new Entry(own, defaults, config);
        return config;
    }

    private sealed record Entry(object Own, object Defaults, LogConfig Config);
}
