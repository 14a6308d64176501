using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Akka.Actor;
using StreamActors.Cluster.Sharding;
using StreamActors.Protocol;

namespace StreamActors.Broker.Replicas;

/// <summary>
/// The awake replicas of this node. Replicas enter and leave; the gateway reads without a lock, and wakes what is asleep.
/// </summary>
public sealed class PartitionDirectory(BrokerId self, TimeProvider clock)
{
    private readonly ConcurrentDictionary<TopicIdPartition, ReplicaHandle> handles = new();
    private readonly long start = clock.GetTimestamp();

    /// <summary>Set once, when the region is there.</summary>
    public IReplicaRegion? Region { get; set; }

    public int AwakeCount => handles.Count;

    public ICollection<ReplicaHandle> Awake => handles.Values;

    /// <summary>The node's monotonic time, for <see cref="ReplicaHandle.Touch"/>.</summary>
    public TimeSpan Now => clock.GetElapsedTime(start);

    public bool TryGet(TopicIdPartition partition, [NotNullWhen(true)] out ReplicaHandle? handle)
    {
        if (!handles.TryGetValue(partition, out handle)) return false;
        handle.Touch(Now);
        return true;
    }

    /// <summary>
    /// Wakes a replica of this broker and waits until it serves. Errors: REPLICA_NOT_AVAILABLE in time,
    /// UNKNOWN_TOPIC_OR_PARTITION where it is not of this broker, KAFKA_STORAGE_ERROR where its log cannot be opened.
    /// </summary>
    public async ValueTask<(ErrorCode Error, ReplicaHandle? Handle)> WakeAsync(TopicIdPartition partition, TimeSpan timeout)
    {
        if (TryGet(partition, out var handle)) return (ErrorCode.None, handle);
        if (Region is not { } region) return (ErrorCode.ReplicaNotAvailable, null);
        var wake = new WakeReplica();
        using var deadline = clock.CreateTimer(static state => ((WakeReplica)state!).Complete(ErrorCode.ReplicaNotAvailable), wake, timeout, Timeout.InfiniteTimeSpan);
        region.Tell(self, partition, wake, ActorRefs.NoSender);
        var error = await wake.Answer;
        if (error != ErrorCode.None) return (error, null);
        return TryGet(partition, out handle) ? (ErrorCode.None, handle) : (ErrorCode.ReplicaNotAvailable, null);
    }

    /// <summary>The handle, if the replica is awake; does not keep it so.</summary>
    internal ReplicaHandle? TryPeek(TopicIdPartition partition) => handles.GetValueOrDefault(partition);

    internal void Enter(ReplicaHandle handle)
    {
        handle.Touch(Now);
        handles[handle.Id] = handle;
    }

    internal void Leave(ReplicaHandle handle) => handles.TryRemove(new KeyValuePair<TopicIdPartition, ReplicaHandle>(handle.Id, handle));
}
