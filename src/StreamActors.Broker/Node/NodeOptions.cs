using StreamActors.Broker.Replicas;
using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;

namespace StreamActors.Broker.Node;

/// <summary>What a node is, from its configuration.</summary>
public sealed record NodeOptions
{
    public required BrokerId Id { get; init; }

    /// <summary>Where clients reach it, as advertised.</summary>
    public required IReadOnlyList<BrokerListener> Listeners { get; init; }

    public string? Rack { get; init; }

    /// <summary>This node may hold the controller: with the embedded journal, the one node that has it.</summary>
    public bool MayControl { get; init; } = true;

    /// <summary>This node starts the cluster, so its controller may found one where there is none yet.</summary>
    public bool MayFound { get; init; } = true;

    public ControllerSettings Controller { get; init; } = new();

    public ReplicaSettings Replicas { get; init; } = new();

    /// <summary>The node's own settings by Kafka's names.</summary>
    public IReadOnlyDictionary<string, string> StaticConfigs { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
