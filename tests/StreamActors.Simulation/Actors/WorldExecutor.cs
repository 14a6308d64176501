using System.Runtime.CompilerServices;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Actors;

/// <summary>Named in the configuration of every dispatcher: makes executors that run in the World.</summary>
internal sealed class WorldExecutorConfigurator(Config config, IDispatcherPrerequisites prerequisites)
    : ExecutorServiceConfigurator(config, prerequisites)
{
    public override ExecutorService Produce(string id) =>
        new WorldExecutor(id, ((WorldScheduler)Prerequisites.Scheduler).Process, Config.GetBoolean("has-context"));
}

/// <summary>Hands mailbox runs to the World, under the name of their actor.</summary>
/// <param name="hasContext">
/// What actors await comes back to the World. Akka.Persistence's plugins await without a context, and such a continuation runs in place only
/// where there is none: elsewhere it leaves for the thread pool.
/// </param>
internal sealed class WorldExecutor(string id, SimulatedProcess process, bool hasContext) : ExecutorService(id)
{
    private const string Numbered = "/system/EventStreamUnsubscriber";

    private readonly ConditionalWeakTable<Mailbox, NamedRun> known = [];

    public override void Execute(IRunnable run)
    {
        if (run is not Mailbox mailbox)
        {
            process.World.Enqueue(process, run.GetType().Name, Run(run));
            return;
        }

        if (!known.TryGetValue(mailbox, out var named)) known.Add(mailbox, named = new NamedRun(NameOf(mailbox), Run(mailbox)));
        process.World.Enqueue(process, named.Name, named.Run);
    }

    public override void Shutdown()
    {
    }

    private Action Run(IRunnable run) => hasContext ? () => process.Within(run.Run) : run.Run;

    private static string NameOf(Mailbox mailbox)
    {
        var name = ActorOf(mailbox).Self.Path.ToStringWithoutAddress();
        // Akka numbers this one by the systems that the process has started: it would tell a run's age, not its seed.
        return name.StartsWith(Numbered, StringComparison.Ordinal) ? Numbered : name;
    }

    private sealed record NamedRun(string Name, Action Run);

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Actor")]
    private static extern ActorCell ActorOf(Mailbox mailbox);
}
