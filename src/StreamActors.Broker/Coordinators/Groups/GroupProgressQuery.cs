using StreamActors.Broker.Coordinators.Groups.Consumer;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Records;
using Response = StreamActors.Protocol.Messages.DescribeGroupProgressResponse;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>
/// DescribeGroupProgress (20000): what a group's coordinator knows of who waits for whom, and how far the group has come. How far its partitions have,
/// their leaders know.
/// </summary>
internal static class GroupProgressQuery
{
    /// <summary>The groups that the request names, or all.</summary>
    public static Response Describe(
        DescribeGroupProgressRequest request, Func<string, Group?> find, IEnumerable<Group> all, Func<ConsumerGroup, Dictionary<TopicPartition, string>, Response.GroupProgress> ofConsumers) => new()
        {
            Groups = request.Groups is { } ids
            ? ids.ConvertAll(id => find(id) is { } group ? Describe(group, ofConsumers) : Absent(id, ErrorCode.GroupIdNotFound))
            : [.. all.Select(group => Describe(group, ofConsumers))],
        };

    public static Response.GroupProgress Absent(string id, ErrorCode error) =>
        new() { GroupId = id, ErrorCode = (short)error, GroupType = "", State = nameof(GroupState.Dead), ProtocolType = "", ProtocolName = "" };

    private static Response.GroupProgress Describe(Group group, Func<ConsumerGroup, Dictionary<TopicPartition, string>, Response.GroupProgress> ofConsumers)
    {
        var owners = new Dictionary<TopicPartition, string>();
        var progress = group.Consumer is { } consumers ? ofConsumers(consumers, owners) : Describe(group.Members, owners);
        progress.Topics = Topics(group, owners);
        return progress;
    }

    private static Response.GroupProgress Describe(ClassicGroup members, Dictionary<TopicPartition, string> owners)
    {
        return new Response.GroupProgress
        {
            GroupId = members.Id,
            GroupType = GroupQueries.ClassicType,
            State = members.State.ToString(),
            StateSinceMs = members.StateTimestamp.Value,
            ProtocolType = members.ProtocolType ?? "",
            ProtocolName = members.Protocol ?? "",
            Epoch = members.Generation,
            DeadlineMs = (members.State == GroupState.PreparingRebalance ? members.JoinDeadline : members.SyncDeadline)?.Value ?? -1,
            PendingMembers = members.PendingJoins.Count,
            Members = [.. members.Members.Select(member => Describe(members, member, owners))],
        };
    }

    private static Response.MemberProgress Describe(ClassicGroup group, GroupMember member, Dictionary<TopicPartition, string> owners)
    {
        var assigned = group is { State: GroupState.Stable, UsesConsumerProtocol: true } ? Assigned(member.Assignment) : [];
        foreach (var topic in assigned)
        {
            foreach (var partition in topic.Partitions) owners[new TopicPartition(topic.TopicName, partition)] = member.MemberId;
        }

        return new Response.MemberProgress
        {
            MemberId = member.MemberId,
            InstanceId = member.InstanceId,
            ClientId = member.ClientId,
            ClientHost = member.ClientHost,
            IsLeader = group.Leads(member),
            State = StateOf(group, member),
            StateSinceMs = group.StateTimestamp.Value,
            Epoch = group.Generation,
            LastHeartbeatMs = member.LastHeard?.Value ?? -1,
            SessionDeadlineMs = member.SessionDeadline?.Value ?? -1,
            SessionTimeoutMs = member.SessionTimeoutMs,
            RebalanceTimeoutMs = member.RebalanceTimeoutMs,
            Assigned = assigned,
        };
    }

    /// <summary>Words for programs; they stay what they are.</summary>
    private static string StateOf(ClassicGroup group, GroupMember member) => group.State switch
    {
        GroupState.PreparingRebalance => member.IsAwaitingJoin ? "joined" : "has-to-rejoin",
        _ when !group.PendingSyncs.Contains(member.MemberId) => group.State == GroupState.Stable ? "stable" : "synced",
        _ => group.State == GroupState.CompletingRebalance && group.Leads(member) ? "has-to-assign" : "has-to-sync",
    };

    /// <summary>The partitions that the group has committed offsets of, and those that a member has without.</summary>
    private static List<Response.TopicProgress> Topics(Group group, Dictionary<TopicPartition, string> owners)
    {
        var topics = new SortedDictionary<string, SortedDictionary<int, Response.PartitionProgress>>(StringComparer.Ordinal);
        foreach (var (partition, offset) in group.Offsets.All)
        {
            Add(partition.Topic, new Response.PartitionProgress
            {
                PartitionIndex = partition.Partition,
                CommittedOffset = offset.Offset,
                CommittedAtMs = offset.CommitTimestamp.Value,
                UnchangedSinceMs = group.Offsets.UnchangedSince(partition)?.Value ?? -1,
                OwnerMemberId = owners.GetValueOrDefault(partition),
            });
        }

        foreach (var (partition, owner) in owners)
        {
            if (group.Offsets.Find(partition.Topic, partition.Partition) is null)
                Add(partition.Topic, new Response.PartitionProgress { PartitionIndex = partition.Partition, OwnerMemberId = owner });
        }

        return [.. topics.Select(topic => new Response.TopicProgress { TopicName = topic.Key, Partitions = [.. topic.Value.Values] })];

        void Add(string topic, Response.PartitionProgress progress)
        {
            if (!topics.TryGetValue(topic, out var partitions)) topics[topic] = partitions = [];
            partitions[progress.PartitionIndex] = progress;
        }
    }

    /// <summary>What members tell each other is theirs; it need not be what consumers say.</summary>
    private static List<Response.TopicPartitions> Assigned(ReadOnlyMemory<byte> assignment) =>
        EmbeddedProtocol.TryReadAssignment(assignment)?.AssignedPartitions.ConvertAll(topic => new Response.TopicPartitions { TopicName = topic.Topic, Partitions = topic.Partitions }) ?? [];
}
