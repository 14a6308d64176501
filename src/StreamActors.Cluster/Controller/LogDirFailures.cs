using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Cluster.Controller;

/// <summary>Data folders fail while their broker runs, or are not there when it starts (KIP-112, KIP-858).</summary>
internal static class LogDirFailures
{
    /// <summary>
    /// Takes the folders that are offline from those of the broker. Whether a broker is alive is the membership's to tell: nothing else of a
    /// heartbeat is heeded.
    /// </summary>
    public static ControllerDecision Heartbeat(MetadataImage image, BrokerHeartbeatRequest request)
    {
        if (BrokerLifecycle.StaleEpoch(image, request.BrokerId, request.BrokerEpoch) is { } error)
            return ControllerDecision.Only(new BrokerHeartbeatResponse { ErrorCode = (short)error });
        var broker = image.Brokers[request.BrokerId];
        var response = new BrokerHeartbeatResponse { IsCaughtUp = true, IsFenced = broker.Fenced };
        List<Guid> online = [.. broker.LogDirs.Except(request.OfflineLogDirs)];
        // Of a broker without any folder nothing is left: its process ends, and it is fenced.
        if (online.Count == broker.LogDirs.Length || online.Count == 0) return ControllerDecision.Only(response);
        return new ControllerDecision([new BrokerRegistrationChangeRecord { BrokerId = request.BrokerId, BrokerEpoch = request.BrokerEpoch, LogDirs = online }], response);
    }

    /// <summary>
    /// Of partitions that are lost, those that the broker leads have no leader from now on. Nobody else takes over, as long as nobody else has their
    /// records; the in-sync set stays, so that the broker leads them again when it registers the next time. In which other folder a partition lies is not noted.
    /// </summary>
    public static ControllerDecision Assign(MetadataImage image, AssignReplicasToDirsRequest request)
    {
        if (BrokerLifecycle.StaleEpoch(image, request.BrokerId, request.BrokerEpoch) is { } error)
            return ControllerDecision.Only(new AssignReplicasToDirsResponse { ErrorCode = (short)error });
        var broker = new BrokerId(request.BrokerId);
        var response = new AssignReplicasToDirsResponse();
        var lost = new HashSet<TopicIdPartition>();
        foreach (var directory in request.Directories)
        {
            var answered = new AssignReplicasToDirsResponse.DirectoryData { Id = directory.Id };
            response.Directories.Add(answered);
            foreach (var topic in directory.Topics)
            {
                var answers = new AssignReplicasToDirsResponse.TopicData { TopicId = topic.TopicId };
                answered.Topics.Add(answers);
                foreach (var index in topic.Partitions.Select(partition => partition.PartitionIndex))
                {
                    var id = new TopicIdPartition(new TopicId(topic.TopicId), index);
                    answers.Partitions.Add(new() { PartitionIndex = index, ErrorCode = (short)Fault(image, broker, id) });
                    if (directory.Id == DirectoryIds.Lost && image.Partition(id)?.Leader == broker) lost.Add(id);
                }
            }
        }

        return new ControllerDecision(
            [.. lost.Select(id => new PartitionChangeRecord { TopicId = id.TopicId.Value, PartitionId = id.Partition, Leader = BrokerId.None.Value })], response);
    }

    private static ErrorCode Fault(MetadataImage image, BrokerId broker, TopicIdPartition id)
    {
        if (image.Topic(id.TopicId) is null) return ErrorCode.UnknownTopicId;
        if (image.Partition(id) is not { } partition) return ErrorCode.UnknownTopicOrPartition;
        return partition.IsReplica(broker) ? ErrorCode.None : ErrorCode.NotLeaderOrFollower;
    }
}
