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
    public override ExecutorService Produce(string id) => new WorldExecutor(id, ((WorldScheduler)Prerequisites.Scheduler).Process);
}

/// <summary>Hands mailbox runs to the World, under the name of their actor.</summary>
internal sealed class WorldExecutor(string id, SimulatedProcess process) : ExecutorService(id)
{
    private const string Numbered = "/system/EventStreamUnsubscriber";

    private readonly ConditionalWeakTable<Mailbox, string> names = [];

    public override void Execute(IRunnable run) => process.World.Enqueue(process, NameOf(run), run.Run);

    public override void Shutdown()
    {
    }

    private string NameOf(IRunnable run)
    {
        if (run is not Mailbox mailbox) return run.GetType().Name;
        if (names.TryGetValue(mailbox, out var name)) return name;
        name = ActorOf(mailbox).Self.Path.ToStringWithoutAddress();
        // Akka numbers this one by the systems that the process has started: it would tell a run's age, not its seed.
        if (name.StartsWith(Numbered, StringComparison.Ordinal)) name = Numbered;
        names.Add(mailbox, name);
        return name;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Actor")]
    private static extern ActorCell ActorOf(Mailbox mailbox);
}
