using StreamActors.Broker.Replicas;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Storage;
using Log = StreamActors.Protocol.Messages.DescribeGroupProgressResponse.LogProgress;

namespace StreamActors.Broker.Progress;

/// <summary>
/// How far a partition that this broker leads has come, seen from an offset that a group has committed: in records and in time. The time is
/// the age of the first record that the group has not read. It is read from the log once for each committed offset.
/// </summary>
public sealed class PartitionProgress(PartitionDirectory directory, IMetadataView metadata, BrokerId self, TimeProvider clock)
{
    private const int MaxRemembered = 50_000;
    private static readonly TimeSpan WakeTimeout = TimeSpan.FromSeconds(5);

    private readonly BoundedCache<(TopicIdPartition Partition, LeaderEpoch Epoch, long Offset), FirstRecord> records = new(MaxRemembered);

    /// <summary>
    /// Errors are in the answer: UNKNOWN_TOPIC_OR_PARTITION; NOT_LEADER_OR_FOLLOWER where another broker leads, which is named;
    /// LEADER_NOT_AVAILABLE where nobody does; REPLICA_NOT_AVAILABLE where it sleeps and is not to be woken, or does not wake.
    /// </summary>
    /// <param name="topic">The topic's name.</param>
    /// <param name="partition">The partition's index.</param>
    /// <param name="committed">The first offset that the group has not read; -1 for none.</param>
    /// <param name="mayWake">
    /// Whether a sleeping partition is woken where that takes it. Where it ends is remembered: while it sleeps nothing is written to it.
    /// </param>
    public async ValueTask<Log> OfAsync(string topic, int partition, long committed, bool mayWake)
    {
        var image = metadata.Current;
        if (image.Topic(topic) is not { } known || (uint)partition >= (uint)known.Partitions.Count) return Failed(ErrorCode.UnknownTopicOrPartition, BrokerId.None);
        var leader = image.LeaderOf(known.Partitions[partition]);
        if (leader == BrokerId.None) return Failed(ErrorCode.LeaderNotAvailable, leader);
        if (leader != self) return Failed(ErrorCode.NotLeaderOrFollower, leader);
        var id = new TopicIdPartition(known.Id, partition);
        if (directory.TryPeek(id) is { } awake) return Describe(awake, committed);
        if (directory.TryRecall(id, out var seen) && TryDescribe(id, seen, committed) is { } remembered) return remembered;
        if (!mayWake) return Failed(ErrorCode.ReplicaNotAvailable, leader);
        var (error, handle) = await directory.WakeAsync(id, WakeTimeout);
        return handle is null ? Failed(error, leader) : Describe(handle, committed);
    }

    private Log Describe(ReplicaHandle handle, long committed)
    {
        if (!handle.IsLeader) return Failed(ErrorCode.NotLeaderOrFollower, BrokerId.None);
        var view = handle.View;
        var log = Tell(LogEnds.Of(handle));
        log.LagMs = LagMs(log, committed, committed >= 0 && committed < log.HighWatermark ? Find(handle, view, committed) : null);
        if (log.LastStableOffset < log.HighWatermark && Find(handle, view, log.LastStableOffset) is { } open)
        {
            log.OpenTransactionId = open.ProducerId;
            log.OpenTransactionAtMs = open.Timestamp.Value;
        }

        return log;
    }

    /// <summary>Of a sleeping partition, where all that is to be told is known; null otherwise.</summary>
    private Log? TryDescribe(TopicIdPartition id, in LogEnds seen, long committed)
    {
        var log = Tell(seen);
        if (log.LastStableOffset < log.HighWatermark) return null;
        FirstRecord? first = null;
        if (committed >= 0 && committed < log.HighWatermark)
        {
            if (!records.TryGet((id, seen.Epoch, committed), out var record)) return null;
            first = record;
        }

        log.LagMs = LagMs(log, committed, first);
        return log;
    }

    private FirstRecord? Find(ReplicaHandle handle, LogView view, long offset)
    {
        var key = (handle.Id, handle.LeaderEpoch, offset);
        // Retention and compaction may have taken it meanwhile: then the first one is another.
        if (records.TryGet(key, out var record) && record.Offset >= view.LogStartOffset) return record;
        try
        {
            if (view.FirstRecord(new Offset(offset)) is not { } found) return null;
            records.Set(key, found);
            return found;
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // The segment has been deleted since the view was taken, or its disk is failing, which others will notice.
            return null;
        }
    }

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private static Log Failed(ErrorCode error, BrokerId leader) => new() { ErrorCode = (short)error, LeaderId = leader.Value };

    private Log Tell(in LogEnds ends) => new()
    {
        LeaderId = self.Value,
        LogStartOffset = ends.LogStartOffset,
        LastStableOffset = ends.LastStableOffset,
        HighWatermark = ends.HighWatermark,
        LogEndOffset = ends.LogEndOffset,
    };

    /// <summary>0 when there is nothing to read, -1 where nobody can say.</summary>
    private long LagMs(Log log, long committed, FirstRecord? first)
    {
        if (committed < 0) return -1;
        if (committed >= log.HighWatermark) return 0;
        return first is { Timestamp.Value: >= 0 } record ? Math.Max(0, Now - record.Timestamp.Value) : -1;
    }
}
