using Akka.Actor;
using Akka.Cluster.Tools.Singleton;
using Akka.Pattern;
using Akka.Remote;
using StreamActors.Cluster.Membership;

namespace StreamActors.Cluster.Hosting;

/// <summary>
/// The part of a node that is Akka.Cluster: joining, the controller's singleton, and what to do when the cluster has
/// removed this node.
/// </summary>
public static class ClusterNode
{
    private static readonly TimeSpan MinControllerBackoff = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxControllerBackoff = TimeSpan.FromSeconds(10);

    /// <summary>Joins the seeds, or itself where there are none: a node alone is a cluster of one.</summary>
    /// <returns>Done when this node is a member.</returns>
    public static Task JoinAsync(ActorSystem system, IReadOnlyList<Address> seeds)
    {
        var cluster = Akka.Cluster.Cluster.Get(system);
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.RegisterOnMemberUp(() => up.TrySetResult());
        if (seeds.Count == 0) cluster.Join(cluster.SelfAddress);
        else cluster.JoinSeedNodes(seeds);
        return up.Task;
    }

    /// <summary>
    /// A downed or quarantined node ends its process: it is never revived in place, since nobody knows what it missed.
    /// </summary>
    public static void EndWhenRemoved(ActorSystem system, INodeFate fate, Func<bool> isStopping)
    {
        Akka.Cluster.Cluster.Get(system).RegisterOnMemberRemoved(() =>
        {
            if (!isStopping()) fate.End(ExitCode.Downed, "The cluster has removed this node. Start it again.");
        });
        var watch = system.ActorOf(Props.CreateBy(new Producer<QuarantineWatch>(() => new QuarantineWatch(fate))), "quarantine-watch");
        system.EventStream.Subscribe(watch, typeof(ThisActorSystemQuarantinedEvent));
    }

    /// <summary>
    /// Starts the controller's singleton manager where this node may hold it, and the proxy that finds it wherever it is. The
    /// proxy keeps nothing: who wants an answer asks again.
    /// </summary>
    public static IActorRef StartController(ActorSystem system, bool mayControl, Func<Props> controller)
    {
        if (mayControl)
        {
            var supervised = BackoffSupervisor.Props(Backoff.OnStop(
                controller(), ControllerName, MinControllerBackoff, MaxControllerBackoff, randomFactor: 0.1, maxNrOfRetries: -1));
            var managerSettings = ClusterSingletonManagerSettings.Create(system).WithRole(NodeRoles.Controller).WithSingletonName(ControllerName);
            system.ActorOf(ClusterSingletonManager.Props(supervised, PoisonPill.Instance, managerSettings), ControllerName);
        }

        var proxySettings = ClusterSingletonProxySettings.Create(system)
            .WithRole(NodeRoles.Controller).WithSingletonName(ControllerName).WithBufferSize(0)
            .WithSingletonIdentificationInterval(TimeSpan.FromMilliseconds(100));
        return system.ActorOf(ClusterSingletonProxy.Props($"/user/{ControllerName}", proxySettings), "controller-proxy");
    }

    private const string ControllerName = "controller";

    private sealed class QuarantineWatch(INodeFate fate) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            if (message is ThisActorSystemQuarantinedEvent quarantined)
                fate.End(ExitCode.Downed, $"{quarantined.RemoteAddress} refuses this node until it is started anew.");
        }
    }
}
