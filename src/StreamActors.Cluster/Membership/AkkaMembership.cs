using Akka.Actor;
using Akka.Cluster;
using StreamActors.Protocol;

namespace StreamActors.Cluster.Membership;

/// <summary>Membership as Akka.Cluster has it. One small actor a subscriber translates members to brokers.</summary>
public sealed class AkkaMembership(ActorSystem system) : IMembership
{
    public int OtherBrokers
    {
        get
        {
            var cluster = Akka.Cluster.Cluster.Get(system);
            return cluster.State.Members.Count(member => member.UniqueAddress != cluster.SelfUniqueAddress && member.HasRole(NodeRoles.Broker));
        }
    }

    public void Subscribe(IActorRef subscriber) =>
        system.ActorOf(Props.CreateBy(new Producer<MembershipActor>(() => new MembershipActor(subscriber))));
}

internal sealed class MembershipActor(IActorRef subscriber) : UntypedActor
{
    private readonly Akka.Cluster.Cluster cluster = Akka.Cluster.Cluster.Get(Context.System);

    protected override void PreStart()
    {
        cluster.Subscribe(
            Self,
            ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
            typeof(ClusterEvent.MemberUp),
            typeof(ClusterEvent.MemberRemoved),
            typeof(ClusterEvent.IReachabilityEvent));
        Context.Watch(subscriber);
    }

    protected override void PostStop() => cluster.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterEvent.MemberUp up: Tell(up.Member, !cluster.State.Unreachable.Contains(up.Member)); break;
            case ClusterEvent.ReachableMember back: Tell(back.Member, back.Member.Status == MemberStatus.Up); break;
            case ClusterEvent.UnreachableMember silent: Tell(silent.Member, false); break;
            case ClusterEvent.MemberRemoved gone: TellGone(gone.Member); break;
            case Terminated: Context.Stop(Self); break;
        }
    }

    private void TellGone(Member member)
    {
        // A restarted process joins as a new member of the same broker before the old one is removed: then nobody is gone.
        var broker = NodeRoles.BrokerOf(member.Roles);
        var successor = cluster.State.Members.Any(other =>
            other.UniqueAddress != member.UniqueAddress && other.Status == MemberStatus.Up && NodeRoles.BrokerOf(other.Roles) == broker);
        if (!successor) Tell(member, false);
    }

    private void Tell(Member member, bool reachable)
    {
        var broker = NodeRoles.BrokerOf(member.Roles);
        if (broker != BrokerId.None) subscriber.Tell(new BrokerReachability(broker, reachable));
    }
}
