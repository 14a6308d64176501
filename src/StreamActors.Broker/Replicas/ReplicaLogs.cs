using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Storage;

namespace StreamActors.Broker.Replicas;

/// <summary>The logs of a node's replicas, in its data folder.</summary>
/// <param name="newId">Makes the names of folders that are being deleted unique.</param>
internal sealed class ReplicaLogs(LogDirectory directory, TimeProvider clock, Func<Guid> newId)
{
    public PartitionLog Open(ReplicaPlacementView placement) =>
        directory.OpenLog(Name(placement.Id, placement.Topic), placement.Id.TopicId, placement.Config, TimestampMs.Of(clock.GetUtcNow()));

    /// <summary>Closes a log; a clean close leaves nothing to recover. Where the topic is gone its data go too.</summary>
    public void Close(PartitionLog log, bool clean, bool delete)
    {
        log.Close(clean && !delete);
        if (delete) directory.Delete(log.Partition, newId());
    }

    public void DeleteAsleep(TopicIdPartition partition, string topic) => directory.DeleteClosed(Name(partition, topic), partition.TopicId, newId());

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

    /// <summary>Writes down how far each log is, so that a start after a crash checks little.</summary>
    public void WriteCheckpoints() => directory.WriteCheckpoints();

    private static TopicPartition Name(TopicIdPartition partition, string topic) => new(topic, partition.Partition);
}
