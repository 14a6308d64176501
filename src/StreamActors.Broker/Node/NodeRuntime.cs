using Akka.Actor;
using Akka.Event;
using StreamActors.Broker.Cleaning;
using StreamActors.Broker.Replicas;
using StreamActors.Cluster;
using StreamActors.Cluster.Configs;
using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Membership;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;

namespace StreamActors.Broker.Node;

/// <summary>
/// All actors of a node below the gateway, in the order in which they need each other. The same for a node of a cluster and
/// for a simulated one; they differ in <see cref="NodeSeams"/> only.
/// </summary>
public sealed class NodeRuntime
{
    private const int SyncersPerNode = 4;
    private static readonly TimeSpan StopPoll = TimeSpan.FromMilliseconds(10);

    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IActorRef? lostPartitions;
    private IActorRef mover = ActorRefs.Nobody;

    private NodeRuntime(NodeOptions options, NodeSeams seams)
    {
        Options = options;
        Clock = seams.Clock;
        Metadata = new MetadataView();
        Directory = new PartitionDirectory(options.Id, seams.Clock);
        LogDirs = seams.LogDirectories;
        LogConfigs = new TopicLogConfigs(options.StaticConfigs);
    }

    public NodeOptions Options { get; }

    public TimeProvider Clock { get; }

    public MetadataView Metadata { get; }

    public PartitionDirectory Directory { get; }

    public TopicLogConfigs LogConfigs { get; }

    /// <summary>The data folders.</summary>
    public Storage.LogDirectories LogDirs { get; }

    /// <summary>Moves replicas between data folders.</summary>
    public ReplicaMoves Moves { get; private set; } = null!;

    public ControllerClient Controller { get; private set; } = null!;

    /// <summary>This process, as the controller knows it.</summary>
    public BrokerImage Self { get; private set; } = null!;

    /// <summary>Done when the controller has registered this broker and the image says so.</summary>
    public Task Ready => ready.Task;

    /// <param name="coordinators">Makes the props of a coordinator for a partition that has one.</param>
    public static NodeRuntime Start(ActorSystem system, NodeOptions options, NodeSeams seams, Func<NodeRuntime, ReplicaHandle, Props?> coordinators)
    {
        var runtime = new NodeRuntime(options, seams);
        var directories = seams.LogDirectories;
        directories.Failed += (directory, failure) => runtime.Lost(system, directory, failure, seams.Fate);
        foreach (var (path, reason) in directories.Unavailable) system.Log.Error("The data folder {0} cannot be used, and what is in it neither: {1}", path, reason);
        foreach (var duplicate in directories.Duplicates)
            system.Log.Error("{0} is in {1} and in {2}: the first is used, for it reaches farther. Remove the other.", duplicate.Partition, duplicate.Used, duplicate.Left);
        IEnumerable<Guid> LogDirs() => directories.Online.Select(directory => directory.DirectoryId.Value);
        runtime.Self = new BrokerImage(options.Id, seams.NewId(), -1, [.. options.Listeners], options.Rack, Fenced: false, [.. LogDirs()]);

        var core = new ControllerCore(options.Controller, seams.NewId);
        var bootstrap = new ControllerBootstrap(directories.ClusterId ?? "", options.MayFound, () => new TopicId(seams.NewId()).ToString());
        var link = new ControllerLink();
        var controller = seams.StartController(() => Props.CreateBy(new Producer<ControllerActor>(
            () => new ControllerActor(core, options.Controller, bootstrap, seams.Membership, seams.Fate))));
        var metadata = system.ActorOf(
            Props.CreateBy(new Producer<MetadataActor>(
                () => new MetadataActor(options.Id, runtime.Metadata, link, controller, directories.ClusterId ?? "", seams.Fate))),
            "metadata");
        runtime.Controller = new ControllerClient(system, link);

        system.ActorOf(Props.CreateBy(new Producer<LostRequestsActor>(() => new LostRequestsActor())), "lost-requests");
        var syncers = Enumerable.Range(0, SyncersPerNode).Select(index => system.ActorOf(
            Props.CreateBy(new Producer<SyncActor>(() => new SyncActor())).WithDispatcher(options.Replicas.SyncDispatcher), $"sync-{index}"));
        var cleaning = CleanerSettings.Of(BrokerConfigLayers.OfStatic(options.StaticConfigs));
        var services = new ReplicaServices
        {
            Self = options.Id,
            Metadata = runtime.Metadata,
            Directory = runtime.Directory,
            Logs = new ReplicaLogs(directories, seams.Clock, seams.NewId),
            Configs = runtime.LogConfigs,
            Settings = options.Replicas,
            Backoffs = new RestartBackoffs(options.Replicas),
            Fate = seams.Fate,
            Clock = seams.Clock,
            Syncers = [.. syncers],
            Compacts = cleaning.IsEnabled,
            Coordinators = handle => coordinators(runtime, handle),
        };
        runtime.Directory.Region = seams.StartRegion(
            entity => ReplicaServices.ReplicaProps(services, entity),
            () => seams.Fate.End(ExitCode.Failed, "The sharding region of this node has ended; no replica can be woken any more."));
        runtime.mover = system.ActorOf(
            Props.CreateBy(new Producer<ReplicaMoverActor>(() => new ReplicaMoverActor(services, runtime.MoveBytesPerSecond))).WithDispatcher(options.Replicas.SyncDispatcher),
            "replica-mover");
        runtime.Moves = new ReplicaMoves(directories, runtime.Metadata, options.Id, runtime.mover);
        system.ActorOf(
            Props.CreateBy(new Producer<ReplicaManagerActor>(() => new ReplicaManagerActor(services, metadata, runtime.mover))).WithDispatcher(options.Replicas.Dispatcher),
            "replicas");
        if (cleaning.IsEnabled)
        {
            system.ActorOf(
                Props.CreateBy(new Producer<CleanerManagerActor>(() => new CleanerManagerActor(services, options.StaticConfigs)))
                    .WithDispatcher(options.Replicas.CleanerDispatcher),
                "cleaners");
        }

        system.ActorOf(
            Props.CreateBy(new Producer<RegistrationActor>(
                () => new RegistrationActor(runtime.Self, LogDirs, link, metadata, () => runtime.Registered(directories), seams.Fate))),
            "registration");
        if (!directories.IsSingle)
        {
            runtime.lostPartitions = system.ActorOf(
                Props.CreateBy(new Producer<LostPartitionsActor>(() => new LostPartitionsActor(runtime.Self, directories, runtime.Metadata, link, metadata))),
                "lost-partitions");
        }

        return runtime;
    }

    /// <summary>
    /// Puts all replicas to sleep: what they hold is written and answered, their logs are closed clean, and so is what a move fills. Whoever is not done in
    /// time is left to recovery.
    /// </summary>
    /// <returns>Whether all are asleep.</returns>
    public async Task<bool> StopAsync(TimeSpan timeout)
    {
        Directory.Region = null;
        mover.Tell(StopMoves.Instance, ActorRefs.NoSender);
        var start = Clock.GetTimestamp();
        while (!IsAsleep && Clock.GetElapsedTime(start) < timeout)
        {
            foreach (var handle in Directory.Awake) handle.Actor.Tell(StopReplica.Instance, ActorRefs.NoSender);
            await Task.Delay(StopPoll, Clock);
        }

        return IsAsleep;
    }

    private bool IsAsleep => Directory.AwakeCount == 0 && !LogDirs.Online.Any(directory => directory.FutureLogs.Any());

    /// <summary>
    /// A data folder has failed. Its awake replicas stop, and whoever wakes them is told KAFKA_STORAGE_ERROR; the controller is told, and takes their
    /// leadership; the others go on.
    /// </summary>
    private void Lost(ActorSystem system, Storage.LogDirectory directory, Exception failure, INodeFate fate)
    {
        if (LogDirs.IsFatal(directory))
        {
            fate.End(ExitCode.DiskFailed, $"The data folder {directory.Path} failed: {failure.Message}");
            return;
        }

        system.Log.Error(failure, "The data folder {0} failed; its partitions are offline.", directory.Path);
        foreach (var handle in Directory.Awake.Where(handle => handle.LogDirectory == directory)) handle.Actor.Tell(DirectoryFailed.Instance, ActorRefs.NoSender);
        lostPartitions?.Tell(LogDirFailed.Instance, ActorRefs.NoSender);
    }

    private long MoveBytesPerSecond()
    {
        const string setting = "replica.alter.log.dirs.io.max.bytes.per.second";
        var image = Metadata.Current;
        var text = image.ConfigsOf(ConfigResourceType.Broker, $"{Options.Id}").GetValueOrDefault(setting) ?? image.ConfigsOf(ConfigResourceType.Broker, "").GetValueOrDefault(setting);
        return long.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var limit) ? limit : long.MaxValue;
    }

    private void Registered(Storage.LogDirectories directories)
    {
        directories.BelongTo(Metadata.Current.ClusterId);
        ready.TrySetResult();
    }
}
