using Akka.Actor;
using StreamActors.Storage;

namespace StreamActors.Broker.Replicas;

/// <summary>To a syncer: sync that log and tell its replica.</summary>
internal sealed record SyncLog(PartitionLog Log, IActorRef Replica) : Cluster.Serialization.ILocalMessage;

/// <summary>
/// Syncs logs, off the replicas: while one sync runs, its replica gathers what the next one covers. A node has a few, each
/// for its share of the partitions.
/// </summary>
internal sealed class SyncActor : UntypedActor
{
    protected override void OnReceive(object message)
    {
        if (message is not SyncLog sync) return;
        try
        {
            sync.Replica.Tell(new Synced(sync.Log.Sync(), null));
        }
        catch (IOException failure)
        {
            sync.Replica.Tell(new Synced(Protocol.Offset.Zero, failure));
        }
    }
}
