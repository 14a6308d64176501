using Akka.Actor;
using Akka.Cluster.Sharding;
using StreamActors.Cluster.Serialization;
using StreamActors.Protocol;

namespace StreamActors.Cluster.Sharding;

/// <summary>The way to a replica that may be asleep, or on another node. Akka.Cluster.Sharding, or simulated.</summary>
public interface IReplicaRegion
{
    /// <summary>Sends a message to the replica of a partition on a broker, which is started if it is not awake.</summary>
    void Tell(BrokerId broker, TopicIdPartition partition, object message, IActorRef? sender);
}

/// <summary>The sharding region <c>partition</c>.</summary>
public sealed class ShardingReplicaRegion : IReplicaRegion
{
    private readonly IActorRef region;

    private ShardingReplicaRegion(IActorRef region) => this.region = region;

    /// <summary>Starts the region on this node.</summary>
    /// <param name="replica">Makes the props of a replica's actor from the entity's name.</param>
    /// <param name="stopMessage">What an entity is told when its shard is stopped.</param>
    /// <param name="onRegionEnded">Called if the region ends while the node is up: nothing can be woken any more.</param>
    public static ShardingReplicaRegion Start(ActorSystem system, Func<string, Props> replica, object stopMessage, Action onRegionEnded)
    {
        var cluster = Akka.Cluster.Cluster.Get(system);
        var settings = ClusterShardingSettings.Create(system).WithRole(Membership.NodeRoles.Broker);
        var started = ClusterSharding.Get(system).Start(
            ReplicaNames.Region, replica, settings, new ReplicaMessageExtractor(), new PinnedAllocation(cluster), stopMessage);
        system.ActorOf(Props.CreateBy(new Producer<RegionWatchdog>(() => new RegionWatchdog(started, cluster, onRegionEnded))), "region-watchdog");
        return new ShardingReplicaRegion(started);
    }

    public void Tell(BrokerId broker, TopicIdPartition partition, object message, IActorRef? sender) =>
        region.Tell(new ReplicaEnvelope(broker.Value, partition.TopicId.Value, partition.Partition, message), sender);
}

/// <summary>
/// A failed hand-over between shard coordinators can stop a node's own region for good. A node without it cannot wake a
/// replica: better that its process ends and is started again.
/// </summary>
internal sealed class RegionWatchdog(IActorRef region, Akka.Cluster.Cluster cluster, Action onRegionEnded) : UntypedActor
{
    protected override void PreStart() => Context.Watch(region);

    protected override void OnReceive(object message)
    {
        var isStopping = CoordinatedShutdown.Get(Context.System).ShutdownReason is not null;
        if (message is Terminated && !isStopping && !cluster.IsTerminated && cluster.SelfMember.Status == Akka.Cluster.MemberStatus.Up) onRegionEnded();
    }
}
