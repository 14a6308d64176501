using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Simulation.Engine;
using StreamActors.Simulation.Scenarios;

namespace StreamActors.Simulation.Groups;

/// <summary>
/// A group of some to some hundreds of consumers of both protocols that join, leave, pause and are killed, over a network that loses and repeats, with a coordinator that moves and topics that
/// grow. Then all is calm, and within a bounded number of heartbeats every partition must have its one reader.
/// </summary>
internal sealed class GroupScenario(GroupMutant mutant = GroupMutant.None) : IScenario
{
    public const string GroupId = "g";
    public const int RebalanceTimeoutMs = 30_000;

    private const int HeartbeatMs = 5000;
    private const int SessionMs = 45_000;

    // A silent one is found out by its session; one that holds on to its partitions, by the rebalance timeout; then each heartbeat is a step, and a member makes three: hear of the
    // new target, say that it has given back, and hear that what it waits for is free. Twice, for the last one to be found out begins the last epoch.
    private const int CalmMs = SessionMs + (2 * RebalanceTimeoutMs) + (8 * HeartbeatMs);

    public string Name => mutant == GroupMutant.None ? "group" : $"group-{mutant}";

    public string? Run(World world, Counters counters) => new GroupRun(world, counters, mutant).Go();

    /// <summary>Whether the bad time is over.</summary>
    internal sealed class Calm
    {
        public bool IsCalm { get; set; }
    }

    private sealed class GroupRun
    {
        private readonly World world;
        private readonly Counters counters;
        private readonly WorldRandom random;
        private readonly Agenda agenda = new();
        private readonly TopicsOfGroups topics = new();
        private readonly Calm calm = new();
        private readonly MovingCoordinator coordinator;
        private readonly GroupReferee referee;
        private readonly List<GroupConsumer> consumers = [];
        private readonly double classicShare;
        private readonly double staticShare;
        private readonly string? assignor;
        private readonly int size;
        private int names;

        public GroupRun(World world, Counters counters, GroupMutant mutant)
        {
            (this.world, this.counters) = (world, counters);
            random = world.RandomFor("group");
            size = random.Pick([2, 3, 5, 10, 30, 200]);
            classicShare = random.Pick([0, 0, 0.3, 0.7, 1]);
            staticShare = random.Pick([0, 0.3]);
            assignor = random.Pick([null, "uniform", "range"]);
            topics.Set("a", random.Next(1, 2 * size));
            topics.Set("b", random.Next(1, 10));
            coordinator = new MovingCoordinator(agenda, world.RandomFor("coordinator"), counters, new GroupSettings { InitialRebalanceDelayMs = random.Pick([0, 3000]) }, topics, mutant);
            referee = new GroupReferee(coordinator, counters);
        }

        public string? Go()
        {
            for (var count = 0; count < size; count++) agenda.After(random.Next(10_000), Join);
            var duration = random.Next(60_000, 240_000);
            PlanMisfortune();
            agenda.RunUntil(duration, IsOver);
            calm.IsCalm = true;
            if (consumers.TrueForAll(consumer => !consumer.IsAlive)) Join();
            var before = counters["partitions taken"];
            agenda.RunUntil(duration + CalmMs, IsOver);
            world.Note(null, $"{consumers.Count} consumers, {coordinator.LogLength} records, {counters["offsets committed"]} commits");
            if (referee.Violation is { } violation) return violation;
            var alive = consumers.Where(consumer => consumer.IsAlive).ToHashSet();
            if (referee.IsComplete(alive, topics) is { } missing) return $"{CalmMs} ms after all was calm {missing}, and the group is {coordinator.Find(GroupId)?.Describe()}";
            // The last one may have found its static id in use, and ended.
            var expected = alive.Count == 0 ? "Empty" : "Stable";
            return coordinator.Find(GroupId)?.Describe().State == expected ? null : $"the group is {coordinator.Find(GroupId)?.Describe()} {CalmMs} ms after all was calm";
        }

        private bool IsOver() => referee.Violation is not null;

        private void PlanMisfortune() => agenda.After(random.Next(200, 200_000 / size), () =>
        {
            if (calm.IsCalm) return;
            Misfortune();
            PlanMisfortune();
        });

        private void Misfortune()
        {
            var alive = consumers.Where(consumer => consumer.IsAlive).ToList();
            switch (random.Next(12))
            {
                case 0 when random.Chance(0.3): coordinator.Move(random.Chance(0.5)); break;
                case 1 when random.Chance(0.1): Grow(); break;
                case 2 or 3 when alive.Count > 0: random.Pick(alive).Kill(); break;
                case 4 or 5 when alive.Count > 0: random.Pick(alive).Leave(); break;
                case 6 or 7 when alive.Count > 0: random.Pick(alive).Pause(random.Pick([1000, 8000, 30_000, 60_000])); break;
                case 8 or 9 or 10 when alive.Count < size: Join(); break;
            }
        }

        private void Grow()
        {
            counters.Add("topic.grew");
            topics.Set("a", topics.Partitions("a") + random.Next(1, 5));
        }

        private void Join()
        {
            var name = $"c{++names}";
            var its = world.RandomFor(name);
            GroupConsumer consumer = random.Chance(classicShare)
                ? new ClassicConsumer(name, agenda, its, counters, coordinator, referee, topics) { Calm = calm }
                : new NewConsumer(name, random.Chance(staticShare) ? $"i{random.Next(size)}" : null, agenda, its, counters, coordinator, referee, topics, assignor) { Calm = calm };
            consumers.Add(consumer);
            consumer.Start();
        }
    }
}
