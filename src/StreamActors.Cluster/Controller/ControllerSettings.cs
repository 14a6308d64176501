namespace StreamActors.Cluster.Controller;

/// <summary>What the controller decides by, beside its state; from the node's configuration.</summary>
public sealed record ControllerSettings
{
    /// <summary><c>num.partitions</c>: for topics that name no number.</summary>
    public int DefaultPartitions { get; init; } = 1;

    /// <summary><c>default.replication.factor</c>.</summary>
    public short DefaultReplicationFactor { get; init; } = 1;

    /// <summary>
    /// The most replicas that a partition may have. One, until followers copy their leaders: a second replica that stays empty
    /// would promise what it does not keep.
    /// </summary>
    public int MaxReplicationFactor { get; init; } = 1;

    internal string ReplicationRefusal(int factor) =>
        $"A replication factor of {factor} is not supported yet: {MaxReplicationFactor} is the most.";

    /// <summary><c>delete.topic.enable</c>.</summary>
    public bool DeleteTopicEnable { get; init; } = true;

    /// <summary>The most partitions that one request may create; bounds the size of an event.</summary>
    public int MaxPartitionsPerRequest { get; init; } = 100_000;

    /// <summary>How many producer ids a broker is given at a time.</summary>
    public int ProducerIdBlockSize { get; init; } = 1000;

    /// <summary>An image is stored and older events are dropped each time so many bytes of events have been written.</summary>
    public long SnapshotAfterBytes { get; init; } = 20 * 1024 * 1024;

    /// <summary>Whether topics may be created with settings that are no client's business (<c>internal.segment.bytes</c>): a simulation's may.</summary>
    public bool AllowsInternalConfigs { get; init; }

    /// <summary>The node's own settings, for the synonyms of topic settings (<c>log.retention.ms</c> and so on).</summary>
    public IReadOnlyDictionary<string, string> StaticBrokerConfigs { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
