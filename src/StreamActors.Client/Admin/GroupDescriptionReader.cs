using StreamActors.Client.Connections;
using StreamActors.Client.Errors;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Records;

namespace StreamActors.Client.Admin;

/// <summary>Describes a group by what every Kafka broker has: DescribeGroups or ConsumerGroupDescribe. Offsets and ends of logs come from elsewhere.</summary>
internal static class GroupDescriptionReader
{
    private const short TypesSince = 5;

    public static async Task<GroupDescription> DescribeAsync(GroupCoordinator coordinator, string groupId)
    {
        var connection = coordinator.Connection;
        var isConsumer = connection.Versions.Find(ApiKey.ConsumerGroupDescribe) is not null && await IsConsumerGroupAsync(connection, groupId);
        return isConsumer ? await ConsumerAsync(coordinator, groupId) : await ClassicAsync(coordinator, groupId);
    }

    private static async Task<bool> IsConsumerGroupAsync(KafkaClientConnection connection, string groupId)
    {
        if (connection.Versions.Find(ApiKey.ListGroups) is not { } version || version < TypesSince) return false;
        var listed = await connection.SendAsync<ListGroupsResponse>(new ListGroupsRequest());
        return listed.Groups.Any(group => group.GroupId == groupId && string.Equals(group.GroupType, "consumer", StringComparison.OrdinalIgnoreCase));
    }

    private static async Task<GroupDescription> ClassicAsync(GroupCoordinator coordinator, string groupId)
    {
        var response = await coordinator.Connection.SendAsync<DescribeGroupsResponse>(new DescribeGroupsRequest { Groups = [groupId] });
        var group = response.Groups.Single();
        KafkaException.ThrowIfError(group.ErrorCode, $"Group '{groupId}'", group.ErrorMessage);
        if (group.GroupState == "Dead") throw KafkaException.Of(ErrorCode.GroupIdNotFound, $"Group '{groupId}'");
        return new GroupDescription(groupId, coordinator.Broker)
        {
            Type = "classic",
            State = group.GroupState,
            ProtocolType = group.ProtocolType,
            Protocol = group.ProtocolData,
            Members = group.Members.ConvertAll(member => new GroupMemberDescription(member.MemberId, member.GroupInstanceId, member.ClientId, member.ClientHost)
            {
                Assigned = group.ProtocolType == "consumer" ? Assigned(member.MemberAssignment) : [],
            }),
        };
    }

    private static async Task<GroupDescription> ConsumerAsync(GroupCoordinator coordinator, string groupId)
    {
        var response = await coordinator.Connection.SendAsync<ConsumerGroupDescribeResponse>(new ConsumerGroupDescribeRequest { GroupIds = [groupId] });
        var group = response.Groups.Single();
        KafkaException.ThrowIfError(group.ErrorCode, $"Group '{groupId}'", group.ErrorMessage);
        return new GroupDescription(groupId, coordinator.Broker)
        {
            Type = "consumer",
            State = group.GroupState,
            ProtocolType = "consumer",
            Protocol = group.AssignorName,
            Epoch = group.GroupEpoch,
            Members = group.Members.ConvertAll(member => Member(group, member)),
        };
    }

    private static GroupMemberDescription Member(ConsumerGroupDescribeResponse.DescribedGroup group, ConsumerGroupDescribeResponse.Member member)
    {
        var (assigned, target) = (Partitions(member.Assignment), Partitions(member.TargetAssignment));
        var revoking = assigned.Except(target).ToList();
        return new GroupMemberDescription(member.MemberId, member.InstanceId, member.ClientId, member.ClientHost)
        {
            Epoch = member.MemberEpoch,
            State = revoking.Count > 0 ? "has-to-revoke" : member.MemberEpoch == group.GroupEpoch ? "stable" : "",
            Assigned = assigned,
            Revoking = revoking,
        };
    }

    private static List<TopicPartition> Partitions(ConsumerGroupDescribeResponse.Assignment assignment) =>
        [.. assignment.TopicPartitions.SelectMany(topic => topic.Partitions.Select(partition => new TopicPartition(topic.TopicName, partition)))];

    private static List<TopicPartition> Assigned(ReadOnlyMemory<byte> assignment) =>
        [.. (EmbeddedProtocol.TryReadAssignment(assignment)?.AssignedPartitions ?? []).SelectMany(topic => topic.Partitions.Select(partition => new TopicPartition(topic.Topic, partition)))];
}
