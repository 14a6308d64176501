using Akka.Actor;
using Akka.Persistence;
using StreamActors.Cluster;
using StreamActors.Simulation.Actors;
using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Scenarios;

/// <summary>
/// Akka alone, with what its users lean on: timers, restarts, death watch, PipeTo, stashing, and a persistent actor on
/// the journal in memory. It shows that Akka itself repeats; the node comes on top.
/// </summary>
internal sealed class ActorScenario : IScenario
{
    private const int Workers = 5;
    private const int Rounds = 20;

    public string Name => "actors";

    public string? Run(World world, Counters counters)
    {
        var process = world.StartProcess("node");
        var system = WorldActorSystem.Start(process);
        var results = new Results();
        var ledgerRandom = world.RandomFor("ledger");
        system.ActorOf(Props.CreateBy(new Producer<Parent>(() => new Parent(process, results))), "parent");
        system.ActorOf(Props.CreateBy(new Producer<Ledger>(() => new Ledger(process, results, ledgerRandom))), "ledger");
        if (!world.RunUntil(() => results.Ended == Workers && results.Balance == Rounds, TimeSpan.FromMinutes(1)))
            return $"{results.Ended} of {Workers} workers ended, the ledger says {results.Balance}";
        counters.Add("restarts", results.Restarts);
        counters.Add("replays", results.Replays);
        counters.Add("pipes", results.Pipes);
        return null;
    }

    private sealed class Results
    {
        public int Ended, Balance, Restarts, Replays, Pipes;
    }

    private sealed record Tick;

    private sealed record Piped(int Value);

    private sealed class WorkerFailedException : Exception;

    private sealed class Parent(SimulatedProcess process, Results results) : UntypedActor
    {
        private readonly WorldRandom random = process.World.RandomFor("workers");

        protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(cause =>
        {
            process.World.Note(process, $"supervises {cause.GetType().Name}");
            return Directive.Restart;
        });

        protected override void PreStart()
        {
            for (var i = 0; i < Workers; i++)
                Context.Watch(Context.ActorOf(Props.CreateBy(new Producer<Worker>(() => new Worker(process, results, random))), $"worker-{i}"));
        }

        protected override void OnReceive(object message)
        {
            if (message is not Terminated terminated) return;
            process.World.Note(process, $"{terminated.ActorRef.Path.Name} terminated");
            results.Ended++;
        }
    }

    private sealed class Worker(SimulatedProcess process, Results results, WorldRandom random) : UntypedActor, IWithTimers
    {
        private int ticks;

        public ITimerScheduler Timers { get; set; } = null!;

        protected override void PreStart() => Timers.StartPeriodicTimer("tick", new Tick(), TimeSpan.FromMilliseconds(random.Next(5, 50)));

        protected override void PostRestart(Exception reason)
        {
            results.Restarts++;
            base.PostRestart(reason);
        }

        protected override void OnReceive(object message)
        {
            switch (message)
            {
                case Tick when random.Chance(0.1): throw new WorkerFailedException();
                case Tick: LaterAsync(++ticks).PipeTo(Self, useConfigureAwait: true); break;
                case Piped { Value: >= Rounds }: Context.Stop(Self); break;
                case Piped: results.Pipes++; break;
            }
        }

        private async Task<Piped> LaterAsync(int value)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 80)), process.Clock);
            return new Piped(value);
        }
    }

    /// <summary>Persists round after round, fails now and then, and must find everything again.</summary>
    private sealed class Ledger(SimulatedProcess process, Results results, WorldRandom random) : UntypedPersistentActor
    {
        private int balance;

        public override string PersistenceId => "ledger";

        protected override void OnRecover(object message)
        {
            if (message is int) balance++;
            else if (message is RecoveryCompleted) Continue();
        }

        protected override void OnCommand(object message)
        {
            if (message is not Tick || balance == Rounds) return;
            if (random.Chance(0.2))
            {
                results.Replays++;
                throw new WorkerFailedException();
            }

            Persist(balance + 1, _ =>
            {
                balance++;
                Continue();
            });
        }

        private void Continue()
        {
            results.Balance = balance;
            process.World.Note(process, $"balance {balance}");
            Context.System.Scheduler.ScheduleTellOnce(TimeSpan.FromMilliseconds(10), Self, new Tick(), ActorRefs.NoSender);
        }
    }
}
