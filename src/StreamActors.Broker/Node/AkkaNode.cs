using Akka.Actor;
using Akka.Actor.Setup;
using StreamActors.Broker.Replicas;
using StreamActors.Cluster;
using StreamActors.Cluster.Hosting;
using StreamActors.Cluster.Journal;
using StreamActors.Cluster.Membership;
using StreamActors.Cluster.Sharding;
using StreamActors.Storage;

namespace StreamActors.Broker.Node;

/// <summary>The seams of a node that is a member of an Akka cluster.</summary>
public static class AkkaNode
{
    /// <summary>The setup of the actor system: gives the journal on our own log its data folder.</summary>
    public static Setup Journal(LogDirectory directory, TimeProvider clock) => new JournalSetup(directory, clock);

    public static NodeSeams Seams(ActorSystem system, NodeOptions options, LogDirectories directories, TimeProvider clock, Func<Guid> newId, INodeFate fate) => new()
    {
        LogDirectories = directories,
        Clock = clock,
        NewId = newId,
        Membership = new AkkaMembership(system),
        Fate = fate,
        StartController = controller => ClusterNode.StartController(system, options.MayControl, controller),
        StartRegion = (replica, onEnded) => ShardingReplicaRegion.Start(system, replica, StopReplica.Instance, onEnded),
    };
}
