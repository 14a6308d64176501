using Akka.Actor;
using Akka.Event;
using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Metadata;
using StreamActors.Cluster.Serialization;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Storage;

namespace StreamActors.Cluster.Membership;

/// <summary>To the actor that tells of lost partitions: one more data folder has failed.</summary>
public sealed class LogDirFailed : ILocalMessage
{
    public static readonly LogDirFailed Instance = new();
}

/// <summary>
/// Tells the controller which data folders of this broker are gone, and the partitions that it leads and that are lost with them, so many at a time, again
/// until the image says so: replies are not looked at. Not needed with one folder, without which the node ends.
/// </summary>
public sealed class LostPartitionsActor(BrokerImage self, LogDirectories directories, IMetadataView metadataView, ControllerLink link, IActorRef metadata)
    : UntypedActor, IWithTimers
{
    /// <summary>Of one request.</summary>
    public const int MaxPartitions = 10_000;

    // A remote frame has 125 KiB.
    private const int MaxBytes = 64 * 1024;
    private const int BytesPerTopic = 24;
    private const int BytesPerPartition = 5;
    private const long NeverSearched = -1;
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly HashSet<TopicIdPartition> lost = [];
    private List<TopicIdPartition> told = [];
    private long searchedEpoch = NeverSearched;
    private long requests;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => metadata.Tell(new SubscribeToImage(Self));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ImageChanged: Look(); break;
            case LogDirFailed:
                searchedEpoch = NeverSearched;
                Look();
                break;
            case Retry: Look(); break;
        }
    }

    private void Look()
    {
        var image = metadataView.Current;
        if (directories.IsWhole || image.Brokers.GetValueOrDefault(self.Id.Value) is not { } known || known.Incarnation != self.Incarnation) return;
        if (known.Epoch == searchedEpoch) lost.RemoveWhere(id => image.Partition(id)?.Leader != self.Id);
        else Search(image, known.Epoch);
        List<Guid> gone = [.. directories.All.Where(directory => directory.IsOffline).Select(directory => directory.DirectoryId.Value).Intersect(known.LogDirs)];
        if (lost.Count == 0 && gone.Count == 0)
        {
            Timers.Cancel(nameof(Retry));
            return;
        }

        // Other news than that for which it waits.
        if (Timers.IsTimerActive(nameof(Retry)) && (told.Count == 0 || told.Exists(lost.Contains))) return;
        Timers.StartSingleTimer(nameof(Retry), Retry.Instance, RetryInterval);
        told = NextPiece();
        if (link.Controller is not { } controller) return;
        if (gone.Count > 0)
            controller.Tell(ControllerApis.Request(++requests, new BrokerHeartbeatRequest { BrokerId = self.Id.Value, BrokerEpoch = known.Epoch, OfflineLogDirs = gone }));
        if (told.Count > 0) controller.Tell(ControllerApis.Request(++requests, Assignment(known.Epoch)));
    }

    /// <summary>Looks through all partitions; of one that is led under epoch 0 it is certain that it is in no folder that could not be opened.</summary>
    private void Search(MetadataImage image, long epoch)
    {
        searchedEpoch = epoch;
        lost.Clear();
        told = [];
        Timers.Cancel(nameof(Retry));
        foreach (var topic in image.Topics.Values)
        {
            for (var index = 0; index < topic.Partitions.Count; index++)
            {
                var partition = topic.Partitions[index];
                if (partition.Leader == self.Id && directories.IsLost(new TopicPartition(topic.Name, index), partition.IsNewOn(self.Id)))
                    lost.Add(new TopicIdPartition(topic.Id, index));
            }
        }

        if (lost.Count > 0) log.Warning("{0} of the partitions that this broker leads are lost with a data folder; the controller is told.", lost.Count);
    }

    private List<TopicIdPartition> NextPiece()
    {
        var piece = new List<TopicIdPartition>();
        var bytes = 0;
        foreach (var id in lost)
        {
            bytes += BytesPerPartition + (piece.Count > 0 && piece[^1].TopicId == id.TopicId ? 0 : BytesPerTopic);
            if (piece.Count == MaxPartitions || bytes > MaxBytes) break;
            piece.Add(id);
        }

        return piece;
    }

    private AssignReplicasToDirsRequest Assignment(long epoch) => new()
    {
        BrokerId = self.Id.Value,
        BrokerEpoch = epoch,
        Directories =
        [
            new AssignReplicasToDirsRequest.DirectoryData
            {
                Id = DirectoryIds.Lost,
                Topics = [.. told.GroupBy(id => id.TopicId).Select(topic => new AssignReplicasToDirsRequest.TopicData
                {
                    TopicId = topic.Key.Value,
                    Partitions = [.. topic.Select(id => new AssignReplicasToDirsRequest.PartitionData { PartitionIndex = id.Partition })],
                })],
            },
        ],
    };

    private sealed class Retry : ILocalMessage
    {
        public static readonly Retry Instance = new();
    }
}
