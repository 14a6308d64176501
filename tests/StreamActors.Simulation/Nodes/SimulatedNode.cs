using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Persistence;
using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Broker.Node;
using StreamActors.Cluster;
using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Metadata;
using StreamActors.Gateway.Apis;
using StreamActors.Gateway.Apis.Seams;
using StreamActors.Gateway.Connection;
using StreamActors.Gateway.Listeners;
using StreamActors.Protocol;
using StreamActors.Simulation.Actors;
using StreamActors.Simulation.Disk;
using StreamActors.Simulation.Engine;
using StreamActors.Simulation.Network;
using StreamActors.Storage;

namespace StreamActors.Simulation.Nodes;

/// <summary>
/// A machine with a disk, and on it the broker: the real gateway, replicas, controller, journal and log, started and killed as
/// often as a scenario likes. What differs from a real one is in <see cref="NodeSeams"/> and in the configuration of Akka's dispatchers.
/// </summary>
internal sealed class SimulatedNode(World world, SimulatedDisk disk, SimulatedNetwork network, NodeOptions options, Counters counters) : INodeFate
{
    public const string Host = "node";
    public const int Port = 9092;

    private const string Folder = "/data";

    private static readonly Config Plugins = ConfigurationFactory.ParseString("""
        akka.persistence {
          journal.plugin = "streamactors.journal"
          snapshot-store.plugin = "streamactors.snapshots"
        }
        streamactors.journal {
          class = "StreamActors.Cluster.Journal.LogJournal, StreamActors.Cluster"
          plugin-dispatcher = "streamactors.dispatchers.journal"
          replay-filter.mode = fail
          # The breaker may open in a run, but never by the wall clock: a write that takes long in real time is no fault here.
          circuit-breaker { max-failures = 3, call-timeout = 10m, reset-timeout = 5s }
        }
        streamactors.snapshots {
          class = "StreamActors.Cluster.Journal.LogSnapshotStore, StreamActors.Cluster"
          plugin-dispatcher = "streamactors.dispatchers.journal"
        }
        """);

    private readonly WorldRandom ids = world.RandomFor("ids");
    private Running? running;

    public bool IsUp => running is { Process.IsAlive: true };

    public bool IsReady => running is { Process.IsAlive: true, IsServing: true };

    /// <summary>How often the machine lost its power: until then, what was written can be lost.</summary>
    public int PowerLosses { get; private set; }

    /// <summary>A reason to end that no fault explains.</summary>
    public string? Broken { get; private set; }

    public void Start()
    {
        if (IsUp) throw new InvalidOperationException("The node is up already");
        var process = world.StartProcess(Host);
        running = new Running(process);
        process.OnKilled(disk.ProcessEnded);
        process.Start("boot", () => BootAsync(running));
    }

    /// <summary>Ends the process at once; what it has written stays, in the machine's memory or on its disk.</summary>
    public void Kill()
    {
        counters.Add(IsReady ? "node.killed" : "node.killed while starting");
        running?.Process.Kill();
    }

    /// <summary>Ends the process and takes the machine's power.</summary>
    public void LosePower(CrashStyle style)
    {
        counters.Add(IsReady ? "node.lost power" : "node.lost power while starting");
        running?.Process.Kill();
        PowerLosses++;
        world.Note(null, $"power lost: {style}");
        disk.Crash(style);
    }

    /// <summary>Stops it in order: answers what it has, closes its logs, and leaves the mark of a clean stop.</summary>
    public void Stop()
    {
        if (running is not { Process.IsAlive: true, IsServing: true } stopping) return;
        stopping.Process.Start("stop", () => StopAsync(stopping));
    }

    /// <summary>The node wants to end itself.</summary>
    void INodeFate.End(ExitCode code, string reason)
    {
        if (running is not { Process.IsAlive: true } ending) return;
        counters.Add($"fate.{code}");
        world.Note(ending.Process, $"ends with {code}: {reason}");
        if (code != ExitCode.DiskFailed) Broken ??= $"The node ended with {code}: {reason}";
        // A disk that failed is looked at and the machine started anew: what a failed sync has dropped can still be read until then
        // (docs/design/determinism.md).
        world.Enqueue(ending.Process, "ends", code == ExitCode.DiskFailed ? () => LosePower(CrashStyle.Prefix) : ending.Process.Kill);
    }

    private async Task BootAsync(Running node)
    {
        var process = node.Process;
        try
        {
            node.Directory = LogDirectory.Open(disk, Folder, options.Id, ids.NextGuid());
        }
        catch (IOException failure)
        {
            ((INodeFate)this).End(ExitCode.DiskFailed, failure.Message);
            return;
        }

        var logger = new TraceLogger(process, counters);
        var server = new GatewayServer(new ConnectionServices(new ConnectionLimits(), process.Clock, logger));
        await server.BindAsync(new ListenerOptions(options.Listeners[0].Name, Host, Port, network.Of(process)));
        node.Server = server;
        node.System = WorldActorSystem.Start(process, Plugins, AkkaNode.Journal(node.Directory, process.Clock));
        var groups = new GroupSettings();
        node.Runtime = NodeRuntime.Start(
            node.System, options, Seams(node), (runtime, replica) => GroupTopic.CoordinatorOf(replica, groups, process.Clock, ids.NextGuid, runtime.Metadata));
        await node.Runtime.Ready;
        var sessions = world.RandomFor("sessions");
        var services = new GatewayServices
        {
            Self = options.Id,
            Metadata = node.Runtime.Metadata,
            Partitions = node.Runtime.Directory,
            LogDirs = node.Runtime.LogDirs,
            Moves = node.Runtime.Moves,
            Controller = new ControllerRequests(node.Runtime.Controller, node.Runtime.Metadata, process.Clock),
            Groups = new GroupCoordinatorClient(node.Runtime.Directory, node.Runtime.Metadata, options.Id, process.Clock, groups),
            Time = process.Clock,
            Logger = logger,
            NextSessionId = () => sessions.Next(1, int.MaxValue),
        };
        server.Start(node.System, services.CreateProcessor());
        node.IsServing = true;
        world.Note(process, "serves");
    }

    private NodeSeams Seams(Running node) => new()
    {
        LogDirectories = LogDirectories.Of(node.Directory),
        Clock = node.Process.Clock,
        NewId = ids.NextGuid,
        Membership = new SimulatedMembership(options.Id),
        Fate = this,
        StartController = controller => node.System.ActorOf(
            Props.CreateBy(new Producer<SimulatedController>(() => new SimulatedController(controller))), "controller"),
        StartRegion = (replica, _) => SimulatedRegion.Start(node.System, replica),
    };

    private async Task StopAsync(Running node)
    {
        node.IsServing = false;
        await node.Server.StopAsync();
        await node.Runtime.StopAsync(TimeSpan.FromSeconds(10));
        // The controller and its journal stop with the actor system, which is not shut down here: only these two have something to close.
        var journal = Persistence.Instance.Apply(node.System).JournalFor("");
        node.System.Stop(journal);
        for (var waits = 0; !node.Directory.OpenLogs.IsEmpty && waits < 1000; waits++) await Task.Delay(TimeSpan.FromMilliseconds(10), node.Process.Clock);
        var isClean = node.Directory.OpenLogs.IsEmpty;
        node.Directory.Close(isClean);
        counters.Add(isClean ? "node.stopped" : "node.stopped with open logs");
        // A disk that failed at the last moment ends it in its own way.
        if (!node.Directory.IsOffline) node.Process.Kill();
    }

    private sealed class Running(SimulatedProcess process)
    {
        public SimulatedProcess Process => process;

        public LogDirectory Directory { get; set; } = null!;

        public GatewayServer Server { get; set; } = null!;

        public ActorSystem System { get; set; } = null!;

        public NodeRuntime Runtime { get; set; } = null!;

        public bool IsServing { get; set; }
    }
}
