using StreamActors.Broker.Replicas;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;

namespace StreamActors.Gateway.Apis;

/// <summary>A partition that this broker leads, or the error to tell the client.</summary>
internal readonly record struct Located(ErrorCode Error, ReplicaHandle? Handle, PartitionImage Partition = default)
{
    public static Located Failed(ErrorCode error) => new(error, null);
}

/// <summary>Finds the awake leader of a partition on this broker; wakes it where it sleeps.</summary>
internal static class PartitionLocator
{
    /// <summary>False where the answer takes a wait: <see cref="LocateAsync"/>.</summary>
    public static bool TryLocate(this GatewayServices services, MetadataImage image, TopicImage topic, int index, out Located located)
    {
        if ((uint)index >= (uint)topic.Partitions.Count)
        {
            located = Located.Failed(ErrorCode.UnknownTopicOrPartition);
            return true;
        }

        var partition = topic.Partitions[index];
        if (image.LeaderOf(partition) != services.Self)
        {
            located = new Located(services.HasLost(topic, index) ? ErrorCode.KafkaStorageError : ErrorCode.NotLeaderOrFollower, null, partition);
            return true;
        }

        if (services.Partitions.TryGet(new TopicIdPartition(topic.Id, index), out var handle))
        {
            located = Leader(handle, partition);
            return true;
        }

        located = default;
        return false;
    }

    public static async ValueTask<Located> LocateAsync(this GatewayServices services, MetadataImage image, TopicImage topic, int index)
    {
        if (services.TryLocate(image, topic, index, out var located)) return located;
        var partition = topic.Partitions[index];
        var (error, handle) = await services.Partitions.WakeAsync(new TopicIdPartition(topic.Id, index), services.WakeTimeout);
        // What clients take for "ask for metadata and try again", whatever keeps the replica from serving.
        if (handle is null) return new Located(error == ErrorCode.ReplicaNotAvailable ? ErrorCode.NotLeaderOrFollower : error, null, partition);
        return Leader(handle, partition);
    }

    /// <summary>The client's idea of the leader epoch against ours (KIP-320); -1 is none.</summary>
    public static ErrorCode CheckEpoch(ReplicaHandle handle, int currentLeaderEpoch)
    {
        if (currentLeaderEpoch < 0 || currentLeaderEpoch == handle.LeaderEpoch.Value) return ErrorCode.None;
        return currentLeaderEpoch < handle.LeaderEpoch.Value ? ErrorCode.FencedLeaderEpoch : ErrorCode.UnknownLeaderEpoch;
    }

    /// <summary>Whether a partition lies in a folder of this broker that has failed while it ran; as in Kafka, of one that was never opened it knows nothing.</summary>
    private static bool HasLost(this GatewayServices services, TopicImage topic, int index) =>
        topic.Partitions[index].IsLostOn(services.Self) && services.LogDirs.Find(new TopicPartition(topic.Name, index)) is { IsOffline: true };

    private static Located Leader(ReplicaHandle handle, in PartitionImage partition) =>
        handle.IsLeader ? new Located(ErrorCode.None, handle, partition) : new Located(ErrorCode.NotLeaderOrFollower, null, partition);
}
