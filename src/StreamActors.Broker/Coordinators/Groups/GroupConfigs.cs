using System.Collections.Concurrent;
using System.Collections.Immutable;
using StreamActors.Cluster.Configs;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>The settings in force of one group that coordinators go by: its own within the broker's bounds, else the broker's.</summary>
/// <param name="ConsumerSessionTimeoutMs"><c>consumer.session.timeout.ms</c></param>
/// <param name="ConsumerHeartbeatIntervalMs"><c>consumer.heartbeat.interval.ms</c></param>
/// <param name="ConsumerAssignmentIntervalMs"><c>consumer.assignment.interval.ms</c></param>
public sealed record GroupConfig(int ConsumerSessionTimeoutMs, int ConsumerHeartbeatIntervalMs, int ConsumerAssignmentIntervalMs)
{
    /// <summary>Kafka's defaults.</summary>
    public static readonly GroupConfig Default = new(45_000, 5000, 1000);
}

/// <summary>Finds the settings of a group, resolved once per change. Groups without settings of their own share one object.</summary>
public sealed class GroupConfigs(IMetadataView metadata, BrokerId self, IReadOnlyDictionary<string, string> staticBrokerConfigs)
{
    private readonly ConcurrentDictionary<string, Entry> known = new(StringComparer.Ordinal);
    private volatile Entry? shared;

    public GroupConfig For(string groupId)
    {
        var image = metadata.Current;
        var own = image.ConfigsOf(ConfigResourceType.Group, groupId);
        var mine = image.ConfigsOf(ConfigResourceType.Broker, $"{self}");
        var defaults = image.ConfigsOf(ConfigResourceType.Broker, "");
        var entry = own.IsEmpty ? shared : known.GetValueOrDefault(groupId);
        if (entry is not null && ReferenceEquals(entry.Own, own) && ReferenceEquals(entry.Mine, mine) && ReferenceEquals(entry.Defaults, defaults)) return entry.Config;
        entry = new Entry(own, mine, defaults, Resolve(own, new BrokerConfigLayers(mine, defaults, staticBrokerConfigs)));
        if (!own.IsEmpty)
        {
            known[groupId] = entry;
            return entry.Config;
        }

        known.TryRemove(groupId, out _);
        shared = entry;
        return entry.Config;
    }

    private static GroupConfig Resolve(ImmutableSortedDictionary<string, string> own, BrokerConfigLayers broker)
    {
        return new GroupConfig(Int("consumer.session.timeout.ms"), Int("consumer.heartbeat.interval.ms"), Int("consumer.assignment.interval.ms"));

        int Int(string name) => (int)GroupConfigBounds.InForce(name, own, broker);
    }

    private sealed record Entry(object Own, object Mine, object Defaults, GroupConfig Config);
}
