using Akka.Actor;
using Akka.Cluster.Sharding;
using StreamActors.Cluster.Serialization;
using StreamActors.Protocol;

namespace StreamActors.Cluster.Sharding;

/// <summary>
/// Names of the region's shards and entities. A shard is <c>broker.nn</c>: a few per broker, never one per partition, since the
/// coordinator's state has to fit one remote frame. An entity is <c>topicId-index</c>.
/// </summary>
public static class ReplicaNames
{
    public const string Region = "partition";

    public const int ShardsPerBroker = 16;

    public static string Shard(BrokerId broker, TopicIdPartition partition) => $"{broker}.{Bucket(partition):00}";

    public static string Entity(TopicIdPartition partition) => partition.ToString();

    /// <summary>The broker whose disk holds a shard's replicas; none for a name that is not a shard's.</summary>
    public static BrokerId BrokerOf(string shard)
    {
        var dot = shard.IndexOf('.');
        return dot > 0 && int.TryParse(shard.AsSpan(0, dot), out var id) ? new BrokerId(id) : BrokerId.None;
    }

    public static bool TryParseEntity(string entity, out TopicIdPartition partition)
    {
        partition = default;
        if (entity.Length < 24 || entity[22] != '-') return false;
        if (!TopicId.TryParse(entity.AsSpan(0, 22), out var topic) || !int.TryParse(entity.AsSpan(23), out var index)) return false;
        partition = new TopicIdPartition(topic, index);
        return true;
    }

    // The same on every node and in every process, unlike GetHashCode.
    private static int Bucket(TopicIdPartition partition)
    {
        Span<byte> bytes = stackalloc byte[16];
        partition.TopicId.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        return (int)(((uint)System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes) + (uint)partition.Partition) % ShardsPerBroker);
    }
}

/// <summary>Which shard and entity an envelope is for.</summary>
internal sealed class ReplicaMessageExtractor : IMessageExtractor
{
    public string? EntityId(object message) => message is ReplicaEnvelope envelope ? ReplicaNames.Entity(Partition(envelope)) : null;

    public object? EntityMessage(object message) => message is ReplicaEnvelope envelope ? envelope.Message : null;

    public string? ShardId(object message) => message switch
    {
        ReplicaEnvelope envelope => ReplicaNames.Shard(new BrokerId(envelope.BrokerId), Partition(envelope)),
        // Entities are never remembered: they start at their first message.
        _ => null,
    };

    public string ShardId(string entityId, object? messageHint = null) => (messageHint is null ? null : ShardId(messageHint))!;

    private static TopicIdPartition Partition(ReplicaEnvelope envelope) => new(new TopicId(envelope.TopicId), envelope.Partition);
}

/// <summary>
/// A shard lives on its broker or nowhere: replicas do not move, leadership does. Where the broker is not there it refuses
/// with nobody, which the coordinator tries again later. It never throws: the coordinator would die of it.
/// </summary>
internal sealed class PinnedAllocation(Akka.Cluster.Cluster cluster) : IShardAllocationStrategy
{
    public Task<IActorRef> AllocateShard(IActorRef requester, string shardId, System.Collections.Immutable.IImmutableDictionary<IActorRef, System.Collections.Immutable.IImmutableList<string>> currentShardAllocations)
    {
        var broker = ReplicaNames.BrokerOf(shardId);
        var role = Membership.NodeRoles.Of(broker);
        foreach (var region in currentShardAllocations.Keys)
        {
            var address = region.Path.Address.HasLocalScope ? cluster.SelfAddress : region.Path.Address;
            foreach (var member in cluster.State.Members)
            {
                if (member.Address == address && member.Status == Akka.Cluster.MemberStatus.Up && member.Roles.Contains(role)) return Task.FromResult(region);
            }
        }

        return Task.FromResult<IActorRef>(ActorRefs.Nobody);
    }

    public Task<System.Collections.Immutable.IImmutableSet<string>> Rebalance(
        System.Collections.Immutable.IImmutableDictionary<IActorRef, System.Collections.Immutable.IImmutableList<string>> currentShardAllocations,
        System.Collections.Immutable.IImmutableSet<string> rebalanceInProgress) => Nothing;

    private static readonly Task<System.Collections.Immutable.IImmutableSet<string>> Nothing =
        Task.FromResult<System.Collections.Immutable.IImmutableSet<string>>(System.Collections.Immutable.ImmutableHashSet<string>.Empty);
}
