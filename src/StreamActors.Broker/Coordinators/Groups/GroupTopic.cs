using Akka.Actor;
using StreamActors.Broker.Replicas;
using StreamActors.Cluster;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary><c>__consumer_offsets</c>: the topic that groups live in, and the coordinator of each of its partitions.</summary>
public static class GroupTopic
{
    public const string Name = "__consumer_offsets";

    /// <summary>What to ask of the controller when somebody looks for a group's coordinator and there is no topic yet.</summary>
    /// <param name="partitions"><c>offsets.topic.num.partitions</c>. Groups are found by it, so it cannot change afterwards.</param>
    /// <param name="replicationFactor"><c>offsets.topic.replication.factor</c></param>
    /// <param name="segmentBytes"><c>offsets.topic.segment.bytes</c></param>
    public static CreateTopicsRequest.CreatableTopic Creation(int partitions = 50, short replicationFactor = 1, int segmentBytes = 104_857_600) => new()
    {
        Name = Name,
        NumPartitions = partitions,
        ReplicationFactor = replicationFactor,
        Configs =
        [
            new CreateTopicsRequest.CreatableTopicConfig { Name = "cleanup.policy", Value = "compact" },
            new CreateTopicsRequest.CreatableTopicConfig { Name = "segment.bytes", Value = segmentBytes.ToString() },
            new CreateTopicsRequest.CreatableTopicConfig { Name = "compression.type", Value = "producer" },
        ],
    };

    /// <summary>The props of the coordinator of a partition of this topic; null for another topic's.</summary>
    /// <param name="replica">The replica that leads the partition; the coordinator becomes its child.</param>
    /// <param name="settings">The broker's.</param>
    /// <param name="clock">Its wall-clock time is kept in records.</param>
    /// <param name="ids">The unique part of the ids of members.</param>
    /// <param name="metadata">Has the topics that members subscribe to.</param>
    public static Props? CoordinatorOf(ReplicaHandle replica, GroupSettings settings, TimeProvider clock, Func<Guid> ids, IMetadataView metadata)
    {
        if (replica.Topic != Name) return null;
        var options = new CoordinatorOptions<GroupCommand, GroupRecord>
        {
            NewShard = () => new GroupShard(settings, ids, metadata),
            Codec = GroupRecordCodec.Instance,
            Log = new ReplicaLog(replica),
            Clock = clock,
            MaxBatchBytes = settings.MaxRecordBytes,
        };
        return Props.CreateBy(new Producer<CoordinatorActor<GroupCommand, GroupRecord>>(() => new CoordinatorActor<GroupCommand, GroupRecord>(options)));
    }
}
