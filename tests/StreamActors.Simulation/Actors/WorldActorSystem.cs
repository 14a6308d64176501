using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Event;
using StreamActors.Cluster;
using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Actors;

/// <summary>Starts actor systems that run in a World.</summary>
internal static class WorldActorSystem
{
    private static readonly string[] Dispatchers =
    [
        "akka.actor.default-dispatcher",
        "akka.actor.internal-dispatcher",
        "akka.persistence.dispatchers.default-plugin-dispatcher",
        "akka.persistence.dispatchers.default-replay-dispatcher",
        "akka.persistence.dispatchers.default-stream-dispatcher",
        "streamactors.dispatchers.replica",
        "streamactors.dispatchers.sync",
        "streamactors.dispatchers.cleaner",
        "streamactors.dispatchers.journal",
    ];

    private static readonly Config Common = ConfigurationFactory.ParseString($$"""
        akka {
          # A logger is asked for its readiness and waited for, which one thread cannot do: LogActor subscribes afterwards.
          loggers = []
          stdout-loglevel = OFF
          loglevel = WARNING
          log-dead-letters = off
          scheduler.implementation = "{{NameOf<WorldScheduler>()}}"
          # A process that was killed is dropped, not shut down; the hook would keep it in memory.
          coordinated-shutdown.run-by-clr-shutdown-hook = off
          coordinated-shutdown.terminate-actor-system = off
          coordinated-shutdown.run-by-actor-system-terminate = off
        }
        {{string.Concat(Dispatchers.Select(path => $"{path} {{ type = Dispatcher, executor = \"{NameOf<WorldExecutorConfigurator>()}\", throughput = 1, has-context = {(HasContext(path) ? "on" : "off")} }}\n"))}}
        """);

    public static ActorSystem Start(SimulatedProcess process, Config? config = null, Setup? setup = null)
    {
        var ticket = ConfigurationFactory.ParseString($"{ProcessTickets.ConfigPath} = {ProcessTickets.Issue(process)}");
        var all = ticket.WithFallback(Common);
        if (config is not null) all = all.WithFallback(config);
        var bootstrap = BootstrapSetup.Create().WithConfig(all);
        var system = ActorSystem.Create("streamactors", setup is null ? ActorSystemSetup.Create(bootstrap) : ActorSystemSetup.Create(bootstrap, setup));
        var log = system.ActorOf(Props.CreateBy(new Producer<LogActor>(() => new LogActor(process))), "log");
        system.EventStream.Subscribe(log, typeof(Warning));
        system.EventStream.Subscribe(log, typeof(Error));
        return system;
    }

    private static bool HasContext(string dispatcher) =>
        !dispatcher.StartsWith("akka.persistence", StringComparison.Ordinal) && !dispatcher.EndsWith(".journal", StringComparison.Ordinal);

    private static string NameOf<T>() => $"{typeof(T).FullName}, {typeof(T).Assembly.GetName().Name}";
}
