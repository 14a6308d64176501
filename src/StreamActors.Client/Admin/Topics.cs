using StreamActors.Protocol;

namespace StreamActors.Client.Admin;

/// <summary>A topic to be created. Partitions and replication factor of -1 are the broker's defaults.</summary>
public sealed record NewTopic(string Name, int Partitions = -1, short ReplicationFactor = -1)
{
    public IReadOnlyDictionary<string, string> Configs { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Which brokers have each partition, by index; then the two numbers have to be -1.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<BrokerId>>? Assignments { get; init; }
}

/// <summary>A topic that was created. Numbers are -1 where the broker does not tell them.</summary>
public sealed record CreatedTopic(string Name, TopicId TopicId, int Partitions, int ReplicationFactor);

/// <summary>What a setting belongs to: a topic, a broker by its number (empty: all of them), a group.</summary>
public readonly record struct ConfigResource(ConfigResourceType Type, string Name)
{
    public static ConfigResource Topic(string name) => new(ConfigResourceType.Topic, name);
}

/// <summary>A setting and the value in force; null where it is sensitive.</summary>
public sealed record ConfigEntry(string Name, string? Value, ConfigSource Source, bool IsReadOnly, bool IsSensitive, string? Documentation);

public enum ConfigOperation : sbyte
{
    Set = 0,
    Delete = 1,
    Append = 2,
    Subtract = 3,
}

public readonly record struct ConfigChange(string Name, ConfigOperation Operation, string? Value)
{
    public static ConfigChange Set(string name, string value) => new(name, ConfigOperation.Set, value);

    public static ConfigChange Delete(string name) => new(name, ConfigOperation.Delete, null);
}

/// <summary>An offset that a group has committed.</summary>
public readonly record struct CommittedOffset(Offset Offset, LeaderEpoch LeaderEpoch, string? Metadata);
