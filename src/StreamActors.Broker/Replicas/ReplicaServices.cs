using Akka.Actor;
using Akka.Cluster.Sharding;
using StreamActors.Cluster;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;

namespace StreamActors.Broker.Replicas;

/// <summary>What the replicas of a node share.</summary>
internal sealed class ReplicaServices
{
    public required BrokerId Self { get; init; }

    public required IMetadataView Metadata { get; init; }

    public required PartitionDirectory Directory { get; init; }

    public required ReplicaLogs Logs { get; init; }

    /// <summary>When those that sleep have to be woken for retention.</summary>
    public RetentionSchedule Retention { get; } = new();

    public required TopicLogConfigs Configs { get; init; }

    public required ReplicaSettings Settings { get; init; }

    public required RestartBackoffs Backoffs { get; init; }

    public required INodeFate Fate { get; init; }

    public required TimeProvider Clock { get; init; }

    /// <summary>The actors that sync logs; a replica always uses the same one.</summary>
    public required IReadOnlyList<IActorRef> Syncers { get; init; }

    /// <summary>Whether there is anybody to compact logs.</summary>
    public bool Compacts { get; init; }

    /// <summary>The props of a coordinator for a partition that has one; null for the others.</summary>
    public required Func<ReplicaHandle, Props?> Coordinators { get; init; }

    /// <summary>What a replica tells its shard when it wants to sleep.</summary>
    public object Passivation { get; } = new Passivate(StopReplica.Instance);

    public TimestampMs Now => TimestampMs.Of(Clock.GetUtcNow());

    public IActorRef Syncer(TopicIdPartition id) => Syncers[(int)((uint)id.GetHashCode() % (uint)Syncers.Count)];

    /// <summary>What the image says of a replica; null where it is not of this broker.</summary>
    public ReplicaPlacementView? Placement(TopicIdPartition id)
    {
        var image = Metadata.Current;
        if (image.Topic(id.TopicId) is not { } topic || image.Partition(id) is not { } partition || !partition.IsReplica(Self)) return null;
        var role = partition.Leader == Self ? ReplicaRole.Leader : ReplicaRole.Follower;
        return new ReplicaPlacementView(id, topic.Name, role, partition.LeaderEpoch, Configs.For(image, topic.Name));
    }

    /// <summary>Whether the image, which has events, has no such topic any more.</summary>
    public bool IsDeleted(TopicIdPartition id) => Metadata.Current is { Sequence: > 0 } image && image.Topic(id.TopicId) is null;

    public static Props ReplicaProps(ReplicaServices services, string entity)
    {
        if (!Cluster.Sharding.ReplicaNames.TryParseEntity(entity, out var id)) throw new ArgumentException($"'{entity}' names no replica.", nameof(entity));
        return Props.CreateBy(new Producer<ReplicaActor>(() => new ReplicaActor(services, id))).WithDispatcher(services.Settings.Dispatcher);
    }
}
