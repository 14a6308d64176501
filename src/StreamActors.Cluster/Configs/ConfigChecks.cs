using System.Globalization;

namespace StreamActors.Cluster.Configs;

/// <summary>Whether a set of values may be given to a topic, broker or group. Null is yes; otherwise the message for INVALID_CONFIG.</summary>
public static class ConfigChecks
{
    /// <param name="overrides">All that the topic will have of its own.</param>
    /// <param name="broker">What holds for the rest, so that settings that belong together can be compared.</param>
    public static string? Topic(IReadOnlyDictionary<string, string?> overrides, BrokerConfigLayers broker)
    {
        if (Each(ConfigCatalog.Topic, "topic", overrides) is { } error)
            return error;

        var values = TopicConfigResolver.Values(overrides.ToDictionary(pair => pair.Key, pair => pair.Value!, StringComparer.Ordinal), broker);
        var (min, max) = (values.Long("min.compaction.lag.ms"), values.Long("max.compaction.lag.ms"));
        if (min > max)
            return $"min.compaction.lag.ms ({min}) is above max.compaction.lag.ms ({max})";
        if (!values.Boolean("remote.storage.enable"))
            return null;
        if (broker.Value("remote.log.storage.system.enable") != "true")
            return "remote.storage.enable needs remote storage, which this cluster does not have (remote.log.storage.system.enable)";
        if (values.List("cleanup.policy").Contains("compact"))
            return "remote.storage.enable and the cleanup.policy compact exclude each other";
        return Local(values, "local.retention.ms", "retention.ms") ?? Local(values, "local.retention.bytes", "retention.bytes");
    }

    /// <summary>Values that are set while brokers run, for one of them or (not <paramref name="perBroker"/>) for all.</summary>
    public static string? DynamicBroker(IReadOnlyDictionary<string, string?> values, bool perBroker)
    {
        foreach (var (name, value) in values)
        {
            if (!ConfigCatalog.TryGetBroker(name, out var definition))
                return ConfigCatalog.Broker.Unknown("broker", name);
            if (definition.Update == ConfigUpdate.ReadOnly)
                return $"Configuration {name} can only be set at the start of a broker";
            if (definition.Update == ConfigUpdate.PerBroker && !perBroker)
                return $"Configuration {name} can only be set for one broker, not for all";
            if (!definition.TryValidate(value, out var error))
                return error;
        }

        return null;
    }

    public static string? Group(IReadOnlyDictionary<string, string?> overrides) => Each(ConfigCatalog.Group, "group", overrides);

    public static string? ClientMetrics(IReadOnlyDictionary<string, string?> overrides) =>
        Each(ConfigCatalog.ClientMetrics, "client metrics", overrides);

    private static string? Each(ConfigTable table, string kind, IReadOnlyDictionary<string, string?> values)
    {
        foreach (var (name, value) in values)
        {
            if (!table.TryGet(name, out var definition))
                return table.Unknown(kind, name);
            if (value is null)
                return $"Invalid value null for configuration {name}: a value is needed";
            if (!definition.TryValidate(value, out var error))
                return error;
        }

        return null;
    }

    private static string? Local(ConfigValues values, string localName, string totalName)
    {
        var (local, total) = (values.Long(localName), values.Long(totalName));
        var fits = local == -2 || total == -1 || (local != -1 && local <= total);
        return fits ? null : $"{localName} ({local.ToString(CultureInfo.InvariantCulture)}) is above {totalName} ({total.ToString(CultureInfo.InvariantCulture)})";
    }
}
