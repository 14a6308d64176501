using System.Collections.Concurrent;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Storage;

namespace StreamActors.Broker.Replicas;

/// <summary>The logs of a node's replicas, in its data folders.</summary>
/// <param name="newId">Makes the names of folders that are being deleted unique.</param>
internal sealed class ReplicaLogs(LogDirectories directories, TimeProvider clock, Func<Guid> newId)
{
    private readonly ConcurrentQueue<(LogDirectory Directory, string Folder, long DueMs)> doomed = new();

    /// <exception cref="LogDirectoryOfflineException">The data folder that it lies in, or may lie in, is offline.</exception>
    public PartitionLog Open(ReplicaPlacementView placement)
    {
        var name = Name(placement.Id, placement.Topic);
        return directories.Place(name, placement.Id.TopicId, placement.IsNew).OpenLog(name, placement.Id.TopicId, placement.Config, TimestampMs.Of(clock.GetUtcNow()));
    }

    /// <summary>The copy that a move fills: an empty one, or what an interrupted move has left.</summary>
    public LogCopy OpenCopy(ReplicaPlacementView placement, LogDirectory destination, string? left) => new(destination.OpenFutureLog(
        Name(placement.Id, placement.Topic), placement.Id.TopicId, placement.Config, newId(), TimestampMs.Of(clock.GetUtcNow()), left));

    /// <summary>The moves that a former process has begun, by the copies that it has left: those of partitions that are what they were, and still of this broker.</summary>
    public IReadOnlyList<MoveReplica> FindMoves(MetadataImage image, BrokerId self)
    {
        var moves = from found in LogMoves.FindCopies(directories)
                    let topic = image.Topic(found.Copy.Partition.Topic)
                    where topic is not null && topic.Id == found.Copy.TopicId && found.Copy.Partition.Partition < topic.Partitions.Count
                        && topic.Partitions[found.Copy.Partition.Partition].IsReplica(self)
                    select new MoveReplica(new TopicIdPartition(topic.Id, found.Copy.Partition.Partition), found.Directory, found.Copy.Folder);
        return [.. moves];
    }

    /// <inheritdoc cref="LogMoves.Swap"/>
    public void Swap(PartitionLog log, LogCopy copy)
    {
        var now = TimestampMs.Of(clock.GetUtcNow());
        if (LogMoves.Swap(directories, log, copy, newId, now) is { } folder) doomed.Enqueue((log.Directory, folder, now.Value + log.Config.FileDeleteDelayMs));
    }

    /// <summary>Whether the node cannot go on without the data folder that a log lies in.</summary>
    public bool IsFatal(PartitionLog log) => directories.IsFatal(log.Directory);

    /// <summary>Closes a log; a clean close leaves nothing to recover. Where the topic is gone its data go too.</summary>
    /// <param name="isGone">Asked once more when it is closed: the order to delete may come while a replica stops, which nobody hears then.</param>
    public void Close(PartitionLog log, bool clean, bool delete, Func<bool> isGone)
    {
        log.Close(clean && !delete);
        if (delete || isGone()) Delete(log.Partition, log.TopicId, log.Config.FileDeleteDelayMs);
    }

    /// <param name="delayMs">How long the renamed folder stays: whoever is reading from it goes on, and a mistake can be undone by hand.</param>
    public void DeleteAsleep(TopicIdPartition partition, string topic, long delayMs) =>
        Delete(Name(partition, topic), partition.TopicId, delayMs);

    /// <summary>Removes the folders of deleted partitions whose time has come.</summary>
    public void RemoveDoomed()
    {
        // In order of deletion, which is that of their times but for topics with delays of their own: those wait a little longer.
        var now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        while (doomed.TryPeek(out var oldest) && oldest.DueMs <= now && doomed.TryDequeue(out oldest)) OnDisk(oldest.Directory, () => oldest.Directory.Remove(oldest.Folder));
    }

    /// <summary>When retention will have something to do in a log that sleeps; null where that does not come by itself.</summary>
    public long? RetentionDueMs(ReplicaPlacementView placement)
    {
        long? due = null;
        var name = Name(placement.Id, placement.Topic);
        if (directories.Find(name) is { } directory) OnDisk(directory, () => due = directory.RetentionDueMs(name, placement.Config));
        return due;
    }

    /// <summary>
    /// Folders of topics that the cluster does not know, deleted while this broker was away or copied in by hand, are not
    /// removed but set aside: nothing but the order to delete a topic deletes data.
    /// </summary>
    /// <param name="image">What the cluster knows.</param>
    /// <param name="moves">Those whose copies are gone on with; what else moves and deletions have left is removed.</param>
    public IEnumerable<string> SetStraysAside(MetadataImage image, IReadOnlyList<MoveReplica> moves)
    {
        var strays = new List<string>();
        foreach (var directory in directories.All)
        {
            OnDisk(directory, () =>
            {
                LogMoves.FinishDeletions(directories, directory, copy => moves.Any(move => move.Destination == directory && move.Left == copy.Folder));
                foreach (var found in directory.FindPartitions())
                {
                    if (found.Partition.Topic == Cluster.Controller.TopicNames.ClusterMetadata) continue;
                    if (found.TopicId is { } id && image.Topic(id) is not null) continue;
                    // A damaged partition.metadata is no reason to put a topic's records out of sight: its replica says what is wrong.
                    var namesake = image.Topic(found.Partition.Topic);
                    if (found.TopicId is null && namesake is not null) continue;
                    var place = namesake is null ? directories.Find(found.Partition) : directories.Find(found.Partition, namesake.Id);
                    directory.SetAside(found);
                    if (place == directory) directories.Forget(found.Partition);
                    strays.Add(Path.Combine(directory.Path, found.Folder));
                }
            });
        }

        return strays;
    }

    /// <summary>Whether a log that is not open has records that no compaction has looked at, as far as checkpoints tell.</summary>
    public bool MayBeDirty(TopicIdPartition partition, string topic) =>
        directories.Find(Name(partition, topic)) is { } directory && directory.MayBeDirty(Name(partition, topic));

    /// <summary>Writes down how far each log is, so that a start after a crash checks little.</summary>
    public void WriteCheckpoints() => directories.WriteCheckpoints();

    private void Delete(TopicPartition partition, TopicId topicId, long delayMs)
    {
        if (directories.Find(partition, topicId) is not { } directory)
        {
            directories.Forget(partition);
            return;
        }

        // What a disk has that failed stays on it, a stray when it is back; a topic of that name may begin elsewhere.
        if (directory.IsOffline) directories.Forget(partition);
        OnDisk(directory, () =>
        {
            if (directory.DeleteClosed(partition, topicId, newId()) is not { } folder) return;
            directories.Forget(partition);
            doomed.Enqueue((directory, folder, clock.GetUtcNow().ToUnixTimeMilliseconds() + delayMs));
        });
    }

    private static void OnDisk(LogDirectory directory, Action act)
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
