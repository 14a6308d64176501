using System.Collections.Immutable;
using System.Globalization;

namespace StreamActors.Cluster.Configs;

/// <summary>
/// Between which of the broker's settings those of a group lie (<c>group.consumer.min.session.timeout.ms</c> and so on), and which of a
/// group's own settings must be below another.
/// </summary>
public static class GroupConfigBounds
{
    private static readonly ImmutableArray<(string Lower, string Higher)> Order =
    [
        ("consumer.heartbeat.interval.ms", "consumer.session.timeout.ms"),
        ("share.heartbeat.interval.ms", "share.session.timeout.ms"),
        ("streams.heartbeat.interval.ms", "streams.session.timeout.ms"),
    ];

    /// <summary>What is wrong with the settings that a group is to have of its own, each of which is valid by itself; null for nothing.</summary>
    public static string? Fault(IReadOnlyDictionary<string, string> overrides, BrokerConfigLayers broker)
    {
        foreach (var (name, text) in overrides)
        {
            if (!long.TryParse(text, CultureInfo.InvariantCulture, out var value)) continue;
            if (Bound(name, "min", broker) is { } min && value < min.Value) return $"{name} is {value}, below {min.Name} ({min.Value})";
            if (Bound(name, "max", broker) is { } max && value > max.Value) return $"{name} is {value}, above {max.Name} ({max.Value})";
        }

        foreach (var (lower, higher) in Order)
        {
            if (!overrides.ContainsKey(lower) && !overrides.ContainsKey(higher)) continue;
            var (low, high) = (InForce(lower, overrides, broker), InForce(higher, overrides, broker));
            if (low >= high) return $"{lower} ({low}) must be below {higher} ({high})";
        }

        return null;
    }

    /// <summary>The value in force of a numeric setting of a group. A broker whose bounds have changed since it was set keeps to its bounds.</summary>
    public static long InForce(string name, IReadOnlyDictionary<string, string> overrides, BrokerConfigLayers broker)
    {
        var definition = ConfigCatalog.Group[name];
        if (!overrides.TryGetValue(name, out var own) || !long.TryParse(own, CultureInfo.InvariantCulture, out var value))
            return long.Parse(broker.Value(definition.BrokerSynonyms) ?? definition.Default!, CultureInfo.InvariantCulture);
        if (Bound(name, "min", broker) is { } min) value = Math.Max(value, min.Value);
        if (Bound(name, "max", broker) is { } max) value = Math.Min(value, max.Value);
        return value;
    }

    /// <summary>The broker's bound of a group's setting, by Kafka's way to name it; null where there is none.</summary>
    private static (string Name, long Value)? Bound(string name, string kind, BrokerConfigLayers broker)
    {
        var dot = name.IndexOf('.', StringComparison.Ordinal);
        // streams.num.standby.replicas is bounded by group.streams.max.standby.replicas.
        var setting = $"group.{name[..dot]}.{kind}{name[dot..].Replace(".num.", ".", StringComparison.Ordinal)}";
        return ConfigCatalog.Broker.TryGet(setting, out _) && broker.Value(setting) is { } text
            ? (setting, long.Parse(text, CultureInfo.InvariantCulture))
            : null;
    }
}
