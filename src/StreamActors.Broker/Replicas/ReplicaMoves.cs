using Akka.Actor;
using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Metadata;
using StreamActors.Cluster.Serialization;
using StreamActors.Protocol;
using StreamActors.Storage;

namespace StreamActors.Broker.Replicas;

/// <summary>To the mover: bring that replica to that data folder.</summary>
internal sealed record MoveReplica(TopicIdPartition Id, LogDirectory Destination) : ILocalMessage;

/// <summary>To a replica from the mover: the copy has all but the last of your log; take it, and begin anew from it.</summary>
internal sealed record SwapLog(PartitionLog Future, IActorRef Mover) : ILocalMessage;

/// <summary>To the mover from a replica: done, or not now.</summary>
internal sealed record LogSwapped(PartitionLog Future, bool IsDone) : ILocalMessage;

/// <summary>Where clients ask for replicas of this broker to be moved between its data folders.</summary>
public sealed class ReplicaMoves(LogDirectories directories, IMetadataView metadata, BrokerId self, IActorRef mover)
{
    /// <summary>Begins a move, which takes its time; asking for where it lies already ends one that is under way.</summary>
    public ErrorCode Begin(string topic, int partition, string path)
    {
        if (TopicNames.Fault(topic) is not null) return ErrorCode.InvalidTopicException;
        if (directories.Unavailable.Any(entry => entry.Path == path)) return ErrorCode.KafkaStorageError;
        if (directories.All.FirstOrDefault(directory => directory.Path == path) is not { } destination) return ErrorCode.LogDirNotFound;
        if (destination.IsOffline) return ErrorCode.KafkaStorageError;
        var image = metadata.Current;
        if (image.Topic(topic) is not { } known) return ErrorCode.UnknownTopicOrPartition;
        var name = new TopicPartition(topic, partition);
        if ((uint)partition >= (uint)known.Partitions.Count || !known.Partitions[partition].IsReplica(self) || directories.Find(name) is not { } place)
            return ErrorCode.ReplicaNotAvailable;
        // Another folder of that name in the destination is what the start has complained of.
        if (place.IsOffline || (place != destination && destination.Has(name) && !destination.FutureLogs.Any(log => log.Partition == name))) return ErrorCode.KafkaStorageError;
        mover.Tell(new MoveReplica(new TopicIdPartition(known.Id, partition), destination), ActorRefs.NoSender);
        return ErrorCode.None;
    }
}
