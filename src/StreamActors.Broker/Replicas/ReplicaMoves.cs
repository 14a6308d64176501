using Akka.Actor;
using StreamActors.Cluster.Metadata;
using StreamActors.Cluster.Serialization;
using StreamActors.Protocol;
using StreamActors.Storage;

namespace StreamActors.Broker.Replicas;

/// <summary>To the mover: bring that replica to that data folder.</summary>
/// <param name="Id">Which.</param>
/// <param name="Destination">Where to.</param>
/// <param name="Left">The folder in the destination that an interrupted move has left; null where this one is new.</param>
internal sealed record MoveReplica(TopicIdPartition Id, LogDirectory Destination, string? Left = null) : ILocalMessage;

/// <summary>To the mover: the node stops; close what you fill. A later process goes on with it.</summary>
internal sealed class StopMoves : ILocalMessage
{
    public static readonly StopMoves Instance = new();
}

/// <summary>To a replica from the mover: the copy has all but the last of your log; take it, and begin anew from it.</summary>
internal sealed record SwapLog(LogCopy Copy, IActorRef Mover) : ILocalMessage;

/// <summary>To the mover from a replica: done, or not now.</summary>
internal sealed record LogSwapped(LogCopy Copy, bool IsDone) : ILocalMessage;

/// <summary>Where clients ask for replicas of this broker to be moved between its data folders.</summary>
public sealed class ReplicaMoves(LogDirectories directories, IMetadataView metadata, BrokerId self, IActorRef mover)
{
    /// <summary>
    /// Begins a move, which takes its time; asking for where it lies already ends one that is under way. A partition that has no folder yet is made there.
    /// </summary>
    public ErrorCode Begin(string topic, int partition, string path)
    {
        var name = new TopicPartition(topic, partition);
        if (!LogMoves.CanMove(name)) return ErrorCode.InvalidTopicException;
        if (directories.Unavailable.Any(entry => entry.Path == path)) return ErrorCode.KafkaStorageError;
        if (directories.All.FirstOrDefault(directory => directory.Path == path) is not { } destination) return ErrorCode.LogDirNotFound;
        if (destination.IsOffline) return ErrorCode.KafkaStorageError;
        var image = metadata.Current;
        if (image.Topic(topic) is not { } known || (uint)partition >= (uint)known.Partitions.Count) return ErrorCode.UnknownTopicOrPartition;
        if (!known.Partitions[partition].IsReplica(self)) return ErrorCode.ReplicaNotAvailable;
        if (directories.Find(name) is not { } place)
        {
            // It may be in the folder that nobody can look into.
            if (directories.IsLost(name, known.Partitions[partition].IsNewOn(self))) return ErrorCode.KafkaStorageError;
            if (directories.TryWish(name, destination)) return ErrorCode.None;
            place = directories.Find(name);
        }

        // Another folder of that name in the destination is what the start has complained of.
        if (place is null or { IsOffline: true } || (place != destination && destination.Has(name))) return ErrorCode.KafkaStorageError;
        mover.Tell(new MoveReplica(new TopicIdPartition(known.Id, partition), destination), ActorRefs.NoSender);
        return ErrorCode.None;
    }
}
