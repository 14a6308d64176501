using Akka.Actor;
using Akka.Event;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;

namespace StreamActors.Broker.Replicas;

/// <summary>
/// Tells awake replicas when the image changes for them, and removes the data of topics that are gone. Sleeping replicas need
/// no word: they read the image when they wake, and are woken when retention has something to do (<see cref="RetentionSweep"/>).
/// With the first image it tidies up what former processes have left, and has interrupted moves gone on with.
/// </summary>
internal sealed class ReplicaManagerActor(ReplicaServices services, IActorRef metadata, IActorRef mover) : UntypedActor, IWithTimers
{
    private static readonly TimeSpan CheckpointInterval = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly RetentionSweep retention = new(services);
    private readonly TimeSpan started = services.Directory.Now;
    private bool swept;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        metadata.Tell(new SubscribeToImage(Self));
        Timers.StartPeriodicTimer(nameof(Checkpoint), Checkpoint.Instance, CheckpointInterval);
        Timers.StartPeriodicTimer(nameof(EverySecond), EverySecond.Instance, Second);
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ImageChanged changed: Follow(changed.Image, changed.Delta); break;
            case Checkpoint: services.Logs.WriteCheckpoints(); break;
            case EverySecond:
                services.Logs.RemoveDoomed();
                if (services.Directory.Now - started >= services.Settings.InitialTaskDelay) retention.Step();
                break;
        }
    }

    private void Follow(MetadataImage image, MetadataDelta delta)
    {
        foreach (var topic in delta.DeletedTopics) Delete(topic);
        if (delta.Brokers.Contains(services.Self.Value) || delta.Configs.Any(resource => resource.Type == ConfigResourceType.Broker))
        {
            foreach (var handle in services.Directory.Awake) handle.Actor.Tell(ImageMoved.Instance);
            if (delta.Configs.Any(resource => resource.Type == ConfigResourceType.Broker)) retention.LookAtAll(image);
        }
        else
        {
            foreach (var (topic, partitions) in delta.Topics) Tell(image, topic, partitions);
            foreach (var resource in delta.Configs)
            {
                if (resource.Type == ConfigResourceType.Topic && image.Topic(resource.Name) is { } topic)
                {
                    Tell(image, topic.Id, default);
                    retention.LookAt(topic);
                }
            }
        }

        if (swept || image.Sequence == 0) return;
        swept = true;
        retention.LookAtAll(image);
        var moves = services.Logs.FindMoves(image, services.Self);
        foreach (var folder in services.Logs.SetStraysAside(image, moves))
            log.Warning("The folder {0} belongs to no topic of this cluster; it was set aside.", folder);
        foreach (var move in moves) mover.Tell(move);
    }

    private void Tell(MetadataImage image, TopicId topic, System.Collections.Immutable.ImmutableArray<int> partitions)
    {
        if (services.Directory.AwakeCount == 0) return;
        if (!partitions.IsDefault)
        {
            foreach (var index in partitions) Tell(new TopicIdPartition(topic, index));
        }
        else if (image.Topic(topic) is { } known)
        {
            for (var index = 0; index < known.Partitions.Count; index++) Tell(new TopicIdPartition(topic, index));
        }
    }

    private void Tell(TopicIdPartition partition)
    {
        if (services.Directory.TryPeek(partition) is { } handle) handle.Actor.Tell(ImageMoved.Instance);
    }

    private void Delete(TopicImage topic)
    {
        // The topic's own settings went with it.
        var delay = services.Configs.For(services.Metadata.Current, topic.Name).FileDeleteDelayMs;
        for (var index = 0; index < topic.Partitions.Count; index++)
        {
            if (!topic.Partitions[index].IsReplica(services.Self)) continue;
            var id = new TopicIdPartition(topic.Id, index);
            services.Retention.Remove(id);
            if (services.Directory.TryPeek(id) is { } handle) handle.Actor.Tell(DeleteReplica.Instance);
            else services.Logs.DeleteAsleep(id, topic.Name, delay);
        }
    }

    private sealed class EverySecond : Cluster.Serialization.ILocalMessage
    {
        public static readonly EverySecond Instance = new();
    }

    private sealed class Checkpoint : Cluster.Serialization.ILocalMessage
    {
        public static readonly Checkpoint Instance = new();
    }
}
