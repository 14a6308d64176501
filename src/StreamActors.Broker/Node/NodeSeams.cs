using Akka.Actor;
using StreamActors.Broker.Replicas;
using StreamActors.Cluster;
using StreamActors.Cluster.Membership;
using StreamActors.Cluster.Sharding;
using StreamActors.Storage;

namespace StreamActors.Broker.Node;

/// <summary>
/// Where a node touches the world. The real ones are Akka.Cluster's, the disk and the clock of the machine; a simulation has
/// its own.
/// </summary>
public sealed class NodeSeams
{
    public required LogDirectories LogDirectories { get; init; }

    public required TimeProvider Clock { get; init; }

    /// <summary>Draws ids of topics and of this node's incarnation.</summary>
    public required Func<Guid> NewId { get; init; }

    public required IMembership Membership { get; init; }

    public required INodeFate Fate { get; init; }

    /// <summary>Starts the controller where this node may hold it, and returns the way to it, wherever it is.</summary>
    public required Func<Func<Props>, IActorRef> StartController { get; init; }

    /// <summary>Starts the region, from: props of a replica by its entity's name, and what to do should it end.</summary>
    public required Func<Func<string, Props>, Action, IReplicaRegion> StartRegion { get; init; }
}
