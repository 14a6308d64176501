using StreamActors.Broker.Node;
using StreamActors.Broker.Replicas;
using StreamActors.Client;
using StreamActors.Client.Admin;
using StreamActors.Client.Connections;
using StreamActors.Client.Errors;
using StreamActors.Client.Producer;
using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Simulation.Disk;
using StreamActors.Simulation.Engine;
using StreamActors.Simulation.Network;
using StreamActors.Simulation.Nodes;
using StreamActors.Simulation.Workload;

namespace StreamActors.Simulation.Scenarios;

/// <summary>
/// Producers and consumers of a broker that is killed, loses its power, is stopped, and starts again, on a disk and a network that
/// fail. What clients saw is judged; then all is healed, and everybody must get through.
/// </summary>
internal sealed class NodeScenario(Mutant mutant = Mutant.None) : IScenario
{
    private const int RecordsPerProducer = 25;
    private const int Epilogue = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly WorkloadTopic Flushed = new("flushed", 2, IsFlushed: true);
    private static readonly WorkloadTopic Relaxed = new("relaxed", 2, IsFlushed: false);

    public string Name => mutant == Mutant.None ? "node" : $"node-{mutant}";

    public string? Run(World world, Counters counters)
    {
        var run = new NodeRun(world, counters, mutant);
        return run.Go();
    }

    private sealed class NodeRun
    {
        private readonly World world;
        private readonly Counters counters;
        private readonly Mutant mutant;
        private readonly WorldRandom random;
        private readonly NodeWeather weather;
        private readonly SimulatedDisk disk;
        private readonly SimulatedNetwork network;
        private readonly SimulatedNode node;
        private readonly SimulatedProcess clients;
        private readonly History history;
        private readonly List<ProducingClient> producers = [];
        private readonly List<ConsumingClient> consumers = [];
        private bool areTopicsThere;

        public NodeRun(World world, Counters counters, Mutant mutant)
        {
            this.world = world;
            this.counters = counters;
            this.mutant = mutant;
            random = world.RandomFor("scenario");
            weather = NodeWeather.Of(world.RandomFor("weather"));
            disk = new SimulatedDisk(world.RandomFor("disk"), counters) { Lies = LiesOf(mutant), Clock = () => world.Now.ToUnixTimeMilliseconds() };
            if (world.Trace.IsWritten) disk.Log = (operation, path) => world.Trace.Explain($"{operation,34} {path}");
            network = new SimulatedNetwork(world, counters);
            node = new SimulatedNode(world, disk, network, Options(weather), counters);
            clients = world.StartProcess("clients");
            history = new History([Flushed, Relaxed], () => node.PowerLosses);
        }

        public string? Go()
        {
            if (weather.StartsBadly) Worsen();
            node.Start();
            StartClients();
            if (!weather.StartsBadly && !Within(() => areTopicsThere)) return "the topics were not created in good weather";
            Worsen();
            Suffer();
            Heal();
            foreach (var producer in producers) producer.MayFinish = true;
            if (!Within(() => producers.TrueForAll(producer => producer.IsDone))) return "producers do not get through after all was healed";
            var logs = new Dictionary<TopicPartition, List<string>>();
            var reading = clients.Start("final reader", () => FinalReader.ReadAsync(Client(), [Flushed, Relaxed], history, logs));
            if (!Within(() => reading.IsCompleted)) return "the logs cannot be read to their end after all was healed";
            if (!Within(() => logs.All(log => consumers.TrueForAll(consumer => HasRead(consumer, log.Key, log.Value.Count)))))
                return "consumers do not get to the end after all was healed";
            counters.Add("records acknowledged", history.Acknowledged);
            counters.Add("records failed", history.Failed);
            counters.Add("records consumed", history.Consumed);
            return node.Broken ?? RunVerdict.Of(history, logs, node.PowerLosses);
        }

        private void StartClients()
        {
            clients.Start("admin", CreateTopicsAsync);
            Produce("exact-1", Flushed, new ProducerOptions { DeliveryTimeout = weather.DeliveryTimeout });
            Produce("exact-2", Flushed, new ProducerOptions { DeliveryTimeout = weather.DeliveryTimeout, BatchSize = 4000, Linger = TimeSpan.FromMilliseconds(60) });
            Produce("leader", Flushed, new ProducerOptions { Acks = Acks.Leader, EnableIdempotence = false });
            Produce("relaxed", Relaxed, new ProducerOptions { DeliveryTimeout = weather.DeliveryTimeout });
            Consume("reader-of-flushed", Flushed);
            Consume("reader-of-relaxed", Relaxed);
        }

        private async Task CreateTopicsAsync()
        {
            await using var admin = new KafkaAdmin(Client());
            await CreateAsync(admin, Flushed, ("flush.messages", mutant == Mutant.AcknowledgesBeforeSync ? "1000000" : "1"));
            await CreateAsync(admin, Relaxed);
            areTopicsThere = true;
        }

        private async Task CreateAsync(KafkaAdmin admin, WorkloadTopic topic, params (string Name, string Value)[] configs)
        {
            var all = configs.Append(("internal.segment.bytes", $"{weather.SegmentBytes}")).ToDictionary(StringComparer.Ordinal);
            while (true)
            {
                try
                {
                    var created = await admin.CreateTopicAsync(new NewTopic(topic.Name, topic.Partitions, 1) { Configs = all });
                    world.Note(clients, $"topic {topic.Name} created as {created.TopicId}");
                    return;
                }
                catch (KafkaException e) when (e.Code == ErrorCode.TopicAlreadyExists)
                {
                    // An earlier attempt, whose answer was lost.
                    return;
                }
                catch (KafkaException e)
                {
                    world.Note(clients, $"topic {topic.Name}: {e.Code}");
                    await Task.Delay(TimeSpan.FromMilliseconds(500), clients.Clock);
                }
            }
        }

        private void Produce(string name, WorkloadTopic topic, ProducerOptions options)
        {
            var producer = new ProducingClient(name, topic, Client(), options, world.RandomFor(name), history, clients);
            producers.Add(producer);
            clients.Start(name, () => producer.RunAsync(RecordsPerProducer, Epilogue));
        }

        private void Consume(string name, WorkloadTopic topic)
        {
            var consumer = new ConsumingClient(name, topic, Client(), history, clients);
            consumers.Add(consumer);
            clients.Start(name, consumer.RunAsync);
        }

        private void Worsen()
        {
            network.Faults.Breakage = weather.NetworkBreakage;
            disk.Faults ??= new DiskWeather(world.RandomFor("disk weather"), counters, weather.DiskFailureRate, weather.DiskOperationsBetweenCrashes, _ => Strike());
        }

        private void Suffer()
        {
            var end = world.Elapsed + weather.Duration;
            while (world.Elapsed < end)
            {
                world.RunUntil(() => !node.IsUp, random.Between(TimeSpan.Zero, TimeSpan.FromSeconds(2)));
                if (node.IsUp) Misfortune();
                world.RunFor(random.Between(TimeSpan.Zero, TimeSpan.FromMilliseconds(700)));
                if (!node.IsUp) node.Start();
            }
        }

        private void Misfortune()
        {
            switch (random.Next(4))
            {
                case 0:
                    Strike();
                    break;
                case 1:
                    counters.Add("network.cut");
                    network.Faults.IsCut = true;
                    world.RunFor(random.Between(TimeSpan.Zero, TimeSpan.FromSeconds(3)));
                    network.Faults.IsCut = false;
                    break;
                case 2 when node.IsReady:
                    node.Stop();
                    world.RunUntil(() => !node.IsUp, TimeSpan.FromSeconds(15));
                    break;
            }
        }

        private void Strike()
        {
            if (random.Chance(0.3)) node.Kill();
            else node.LosePower(random.Pick([CrashStyle.Lost, CrashStyle.Prefix, CrashStyle.Scattered, CrashStyle.Reordered]));
        }

        private void Heal()
        {
            world.Note(null, "healed");
            disk.Faults = null;
            network.Faults.Breakage = 0;
            network.Faults.IsCut = false;
            if (!node.IsUp) node.Start();
        }

        /// <summary>Runs until the condition holds; a node that ended itself because of what it suffered earlier is started again, as a supervisor would.</summary>
        private bool Within(Func<bool> condition)
        {
            var end = world.Elapsed + Patience;
            while (world.Elapsed < end)
            {
                if (world.RunUntil(() => condition() || !node.IsUp || history.Violation is not null, end - world.Elapsed) && (condition() || history.Violation is not null)) return true;
                if (!node.IsUp) node.Start();
            }

            return false;
        }

        private bool HasRead(ConsumingClient consumer, TopicPartition partition, long end) =>
            consumer.Topic.Name != partition.Topic || history.Position(consumer.Name, partition) >= end;

        private KafkaClientOptions Client() => new()
        {
            BootstrapServers = [new BrokerAddress(SimulatedNode.Host, SimulatedNode.Port)],
            Transport = network.Of(clients),
            Time = clients.Clock,
            Random = new Random(random.Next(int.MaxValue)),
            RequestTimeout = TimeSpan.FromSeconds(3),
            ApiTimeout = TimeSpan.FromSeconds(30),
            AllowAutoTopicCreation = false,
        };

        private static NodeOptions Options(NodeWeather weather) => new()
        {
            Id = new BrokerId(1),
            Listeners = [new BrokerListener("PLAINTEXT", SimulatedNode.Host, SimulatedNode.Port, 0)],
            Controller = new ControllerSettings { SnapshotAfterBytes = weather.SnapshotAfterBytes, AllowsInternalConfigs = true },
            Replicas = new ReplicaSettings { PassivateAfter = weather.PassivateAfter },
        };

        private static DiskLies LiesOf(Mutant mutant) => mutant switch
        {
            Mutant.DiskIgnoresSync => DiskLies.Files | DiskLies.Names,
            Mutant.DiskIgnoresSyncOfNames => DiskLies.Names,
            _ => DiskLies.None,
        };
    }
}

/// <summary>Bugs that are planted to show that the checker sees them.</summary>
internal enum Mutant
{
    None,

    /// <summary>A sync returns before anything is on the disk.</summary>
    DiskIgnoresSync,

    /// <summary>Contents are synced, but not the names under which they can be found.</summary>
    DiskIgnoresSyncOfNames,

    /// <summary>The log answers as soon as it has written.</summary>
    AcknowledgesBeforeSync,
}
