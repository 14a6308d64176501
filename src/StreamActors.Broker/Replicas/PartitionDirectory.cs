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
    private const int MaxRemembered = 10_000;

    private readonly ConcurrentDictionary<TopicIdPartition, ReplicaHandle> handles = new();
    private readonly BoundedCache<TopicIdPartition, LogEnds> asleep = new(MaxRemembered);
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

    /// <summary>Where the log of a sleeping replica ends: as when it went to sleep. False where it is awake, or not remembered.</summary>
    internal bool TryRecall(TopicIdPartition partition, out LogEnds ends) => asleep.TryGet(partition, out ends);

    internal void Enter(ReplicaHandle handle)
    {
        asleep.Remove(handle.Id);
        handle.Touch(Now);
        handles[handle.Id] = handle;
    }

    internal void Leave(ReplicaHandle handle)
    {
        // Before it is gone: whoever does not find it awake must not find what it was the time before.
        if (handle.IsLeader) asleep.Set(handle.Id, LogEnds.Of(handle));
        handles.TryRemove(new KeyValuePair<TopicIdPartition, ReplicaHandle>(handle.Id, handle));
    }
}

/// <summary>How far a log reaches.</summary>
internal readonly record struct LogEnds(long LogStartOffset, long LastStableOffset, long HighWatermark, long LogEndOffset, LeaderEpoch Epoch)
{
    public static LogEnds Of(ReplicaHandle handle)
    {
        var view = handle.View;
        return new LogEnds(view.LogStartOffset.Value, view.LastStableOffset.Value, view.HighWatermark.Value, view.LogEndOffset.Value, handle.LeaderEpoch);
    }
}
