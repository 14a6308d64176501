using StreamActors.Protocol;

namespace StreamActors.Cluster.Configs;

/// <summary>Type of a setting; the values are those of DescribeConfigs.</summary>
public enum ConfigType : sbyte
{
    Unknown = 0,
    Boolean = 1,
    String = 2,
    Int = 3,
    Short = 4,
    Long = 5,
    Double = 6,
    List = 7,
    Class = 8,
    Password = 9,
}

/// <summary>When a broker setting can change.</summary>
public enum ConfigUpdate
{
    /// <summary>At the start of the process only.</summary>
    ReadOnly,

    /// <summary>While it runs, for one broker.</summary>
    PerBroker,

    /// <summary>While it runs, for one broker or as a default of all.</summary>
    ClusterWide,
}

public enum ConfigImportance
{
    High,
    Medium,
    Low,
}

/// <summary>A broker setting whose value, times the factor, is the default of a topic or group setting.</summary>
public readonly record struct BrokerSynonym(string Name, long Factor);

/// <summary>A name under which a value was found, in order of precedence (DescribeConfigs' synonyms).</summary>
public readonly record struct ConfigSynonym(string Name, string? Value, ConfigSource Source);
