using System.Collections.Concurrent;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Storage;

namespace StreamActors.Broker.Replicas;

/// <summary>The logs of a node's replicas, in its data folder.</summary>
/// <param name="newId">Makes the names of folders that are being deleted unique.</param>
internal sealed class ReplicaLogs(LogDirectory directory, TimeProvider clock, Func<Guid> newId)
{
    private readonly ConcurrentQueue<(string Folder, long DueMs)> doomed = new();

    public PartitionLog Open(ReplicaPlacementView placement) =>
        directory.OpenLog(Name(placement.Id, placement.Topic), placement.Id.TopicId, placement.Config, TimestampMs.Of(clock.GetUtcNow()));

    /// <summary>Closes a log; a clean close leaves nothing to recover. Where the topic is gone its data go too.</summary>
    /// <param name="isGone">Asked once more when it is closed: the order to delete may come while a replica stops, which nobody hears then.</param>
    public void Close(PartitionLog log, bool clean, bool delete, Func<bool> isGone)
    {
        log.Close(clean && !delete);
        if (delete || isGone()) OnDisk(() => Doom(directory.DeleteClosed(log.Partition, log.TopicId, newId()), log.Config.FileDeleteDelayMs));
    }

    /// <param name="delayMs">How long the renamed folder stays: whoever is reading from it goes on, and a mistake can be undone by hand.</param>
    public void DeleteAsleep(TopicIdPartition partition, string topic, long delayMs) =>
        OnDisk(() => Doom(directory.DeleteClosed(Name(partition, topic), partition.TopicId, newId()), delayMs));

    /// <summary>Removes the folders of deleted partitions whose time has come.</summary>
    public void RemoveDoomed()
    {
        // In order of deletion, which is that of their times but for topics with delays of their own: those wait a little longer.
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        while (doomed.TryPeek(out var oldest) && oldest.DueMs <= now && doomed.TryDequeue(out oldest)) OnDisk(() => directory.Remove(oldest.Folder));
    }

    /// <summary>When retention will have something to do in a log that sleeps; null where that does not come by itself.</summary>
    public long? RetentionDueMs(ReplicaPlacementView placement)
    {
        long? due = null;
        OnDisk(() => due = directory.RetentionDueMs(Name(placement.Id, placement.Topic), placement.Config));
        return due;
    }

    /// <summary>
    /// Folders of topics that the cluster does not know, deleted while this broker was away or copied in by hand, are not
    /// removed but set aside: nothing but the order to delete a topic deletes data.
    /// </summary>
    public IEnumerable<string> SetStraysAside(MetadataImage image)
    {
        directory.FinishDeletions();
        foreach (var found in directory.FindPartitions())
        {
            if (found.Partition.Topic == Cluster.Controller.TopicNames.ClusterMetadata) continue;
            if (found.TopicId is { } id && image.Topic(id) is not null) continue;
            directory.SetAside(found);
            yield return found.Folder;
        }
    }

    /// <summary>Whether a log that is not open has records that no compaction has looked at, as far as checkpoints tell.</summary>
    public bool MayBeDirty(TopicIdPartition partition, string topic) => directory.MayBeDirty(Name(partition, topic));

    /// <summary>Writes down how far each log is, so that a start after a crash checks little.</summary>
    public void WriteCheckpoints() => directory.WriteCheckpoints();

    private void Doom(string? folder, long delayMs)
    {
        if (folder is not null) doomed.Enqueue((folder, clock.GetUtcNow().ToUnixTimeMilliseconds() + delayMs));
    }

    private void OnDisk(Action act)
    {
        if (directory.IsOffline) return;
        try
        {
            act();
        }
        catch (IOException failure)
        {
            directory.Fail(failure);
        }
    }

    private static TopicPartition Name(TopicIdPartition partition, string topic) => new(topic, partition.Partition);
}
