using Akka.Actor;
using Akka.Event;
using StreamActors.Broker.Replicas;
using StreamActors.Cluster;
using StreamActors.Cluster.Configs;
using StreamActors.Cluster.Metadata;
using StreamActors.Cluster.Serialization;
using StreamActors.Protocol;

namespace StreamActors.Broker.Cleaning;

/// <summary>
/// Gives the cleaners work: of the awake replicas whose logs are due, the one with the highest dirty ratio first. Replicas that are due do not
/// sleep; those that slept through a restart of the node are woken once, a few at a time, to be looked at.
/// </summary>
internal sealed class CleanerManagerActor : UntypedActor, IWithTimers
{
    private const int WokenPerSecond = 10;
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMinutes(5);

    private readonly ReplicaServices services;
    private readonly IReadOnlyDictionary<string, string> staticConfigs;
    private readonly ILoggingAdapter logger = Context.GetLogger();
    private readonly Queue<IActorRef> idle = new();
    private readonly HashSet<ReplicaHandle> busy = [];
    private readonly Dictionary<TopicIdPartition, ReplicaHandle> uncleanable = [];
    private readonly Dictionary<TopicIdPartition, TimeSpan> failed = [];
    private Queue<TopicIdPartition>? asleep;
    private int started;

    public CleanerManagerActor(ReplicaServices services, IReadOnlyDictionary<string, string> staticConfigs)
    {
        this.services = services;
        this.staticConfigs = staticConfigs;
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        var settings = Settings();
        Resize(settings.Threads);
        Timers.StartSingleTimer(nameof(Look), Look.Instance, settings.Backoff);
        Timers.StartPeriodicTimer(nameof(Sweep), Sweep.Instance, TimeSpan.FromSeconds(1));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Look:
                Assign();
                Timers.StartSingleTimer(nameof(Look), Look.Instance, Settings().Backoff);
                break;
            case LogCleaned cleaned:
                Take(cleaned);
                Assign();
                break;
            case Sweep: WakeSome(); break;
        }
    }

    private CleanerSettings Settings()
    {
        var image = services.Metadata.Current;
        return CleanerSettings.Of(new BrokerConfigLayers(
            image.ConfigsOf(ConfigResourceType.Broker, services.Self.ToString()), image.ConfigsOf(ConfigResourceType.Broker, ""), staticConfigs));
    }

    /// <summary>Those that are too many and busy stop when they are done.</summary>
    private void Resize(int threads)
    {
        while (idle.Count + busy.Count < threads)
        {
            idle.Enqueue(Context.ActorOf(
                Props.CreateBy(new Producer<CleanerActor>(() => new CleanerActor())).WithDispatcher(services.Settings.CleanerDispatcher), $"cleaner-{started++}"));
        }

        while (idle.Count + busy.Count > threads && idle.TryDequeue(out var cleaner)) Context.Stop(cleaner);
    }

    private void Assign()
    {
        var settings = Settings();
        Resize(settings.Threads);
        if (idle.Count == 0) return;
        foreach (var replica in Due().OrderByDescending(due => due.Ratio).ThenBy(due => due.Replica.Topic, StringComparer.Ordinal)
                     .ThenBy(due => due.Replica.Id.Partition).Select(due => due.Replica).Take(idle.Count).ToList())
        {
            busy.Add(replica);
            idle.Dequeue().Tell(new CleanLog(replica, settings));
        }
    }

    private IEnumerable<(ReplicaHandle Replica, double Ratio)> Due()
    {
        foreach (var replica in services.Directory.Awake)
        {
            if (!replica.Config.CleanupByCompaction || busy.Contains(replica) || replica.Log.IsBeingCopied) continue;
            if (uncleanable.TryGetValue(replica.Id, out var damaged) && damaged == replica) continue;
            if (failed.TryGetValue(replica.Id, out var until) && services.Directory.Now < until) continue;
            if (Ratio(replica) is { } ratio) yield return (replica, ratio);
        }
    }

    /// <summary>The dirty ratio of a log that is due; null for others.</summary>
    private double? Ratio(ReplicaHandle replica)
    {
        try
        {
            var cleanable = replica.Log.Cleanable(services.Now);
            return cleanable.IsDue(replica.Config) ? cleanable.DirtyRatio : null;
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // It is being closed or deleted; a disk that failed is noticed by its log's writer.
            return null;
        }
    }

    private void Take(LogCleaned cleaned)
    {
        var id = cleaned.Replica.Id;
        busy.Remove(cleaned.Replica);
        idle.Enqueue(cleaned.Cleaner);
        switch (cleaned.Result)
        {
            case CleaningResult.Done:
                failed.Remove(id);
                uncleanable.Remove(id);
                break;
            case CleaningResult.Uncleanable:
                uncleanable[id] = cleaned.Replica;
                logger.Error("{0} ({1}) is not compacted any more until it is opened again: {2}.", cleaned.Replica.Topic, id, cleaned.Reason);
                break;
            case CleaningResult.Failed:
                if (!failed.ContainsKey(id)) logger.Warning("{0} ({1}) could not be compacted: {2}.", cleaned.Replica.Topic, id, cleaned.Reason);
                failed[id] = services.Directory.Now + PauseAfterFailure;
                break;
        }
    }

    private void WakeSome()
    {
        var image = services.Metadata.Current;
        if (asleep is null && image.IsAlive(services.Self)) asleep = new Queue<TopicIdPartition>(Compacted(image));
        for (var woken = 0; woken < WokenPerSecond && asleep is { Count: > 0 };)
        {
            var id = asleep.Dequeue();
            if (services.Directory.TryPeek(id) is not null || services.Metadata.Current.Topic(id.TopicId) is not { } topic) continue;
            if (!services.Logs.MayBeDirty(id, topic.Name)) continue;
            services.Directory.Region?.Tell(services.Self, id, new WakeReplica(), ActorRefs.NoSender);
            woken++;
        }

        if (asleep is { Count: 0 }) Timers.Cancel(nameof(Sweep));
    }

    private IEnumerable<TopicIdPartition> Compacted(MetadataImage image)
    {
        foreach (var topic in image.Topics.Values)
        {
            if (!services.Configs.For(image, topic.Name).CleanupByCompaction) continue;
            for (var index = 0; index < topic.Partitions.Count; index++)
            {
                if (topic.Partitions[index].IsReplica(services.Self)) yield return new TopicIdPartition(topic.Id, index);
            }
        }
    }

    private sealed class Look : ILocalMessage
    {
        public static readonly Look Instance = new();
    }

    private sealed class Sweep : ILocalMessage
    {
        public static readonly Sweep Instance = new();
    }
}
