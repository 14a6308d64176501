using Akka.Actor;
using Akka.Cluster.Sharding;
using StreamActors.Cluster;
using StreamActors.Cluster.Sharding;
using StreamActors.Protocol;

namespace StreamActors.Simulation.Nodes;

/// <summary>
/// The region of a node alone: starts a replica at its first message, and lets it sleep when it asks to. As Akka's region, it keeps
/// what arrives between the request to sleep and the replica's end, and starts it again for that.
/// </summary>
internal sealed class SimulatedRegion(IActorRef region) : IReplicaRegion
{
    public static SimulatedRegion Start(ActorSystem system, Func<string, Props> replica) =>
        new(system.ActorOf(Props.CreateBy(new Producer<RegionActor>(() => new RegionActor(replica))), "region"));

    public void Tell(BrokerId broker, TopicIdPartition partition, object message, IActorRef? sender) =>
        region.Tell(new ToReplica(ReplicaNames.Entity(partition), message), sender);

    private sealed record ToReplica(string Entity, object Message);

    private sealed class RegionActor(Func<string, Props> replica) : UntypedActor
    {
        private readonly Dictionary<string, List<(object Message, IActorRef Sender)>> falling = new(StringComparer.Ordinal);

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case ToReplica to when falling.TryGetValue(to.Entity, out var kept): kept.Add((to.Message, Sender)); break;
                case ToReplica to: Awake(to.Entity).Forward(to.Message); break;
                case Passivate passivate when falling.TryAdd(Sender.Path.Name, []): Sender.Tell(passivate.StopMessage); break;
                case Terminated gone when falling.Remove(gone.ActorRef.Path.Name, out var kept):
                    foreach (var (late, sender) in kept) Awake(gone.ActorRef.Path.Name).Tell(late, sender);
                    break;
            }
        }

        private IActorRef Awake(string entity)
        {
            var child = Context.Child(entity);
            return child.IsNobody() ? Context.Watch(Context.ActorOf(replica(entity), entity)) : child;
        }
    }
}
