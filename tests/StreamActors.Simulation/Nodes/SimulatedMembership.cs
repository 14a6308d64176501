using Akka.Actor;
using StreamActors.Cluster.Membership;
using StreamActors.Protocol;

namespace StreamActors.Simulation.Nodes;

/// <summary>The membership of a node alone.</summary>
internal sealed class SimulatedMembership(BrokerId self) : IMembership
{
    public int OtherBrokers => 0;

    public void Subscribe(IActorRef subscriber) => subscriber.Tell(new BrokerReachability(self, Reachable: true));
}
