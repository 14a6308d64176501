using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>ConsumerGroupDescribe (69).</summary>
internal static class ConsumerGroupQueries
{
    public const string Type = "consumer";

    // What a member's type is called on the wire (KIP-1099).
    private const sbyte ClassicMember = 0;
    private const sbyte ConsumerMemberType = 1;

    public static ConsumerGroupDescribeResponse Describe(
        ConsumerGroupDescribeRequest request, MetadataImage image, Func<string, Group?> find, Func<ConsumerGroup, string> assignorOf) => new()
        {
            Groups = request.GroupIds.ConvertAll(id => find(id) is not { } group ? Absent(id, $"Group {id} not found.")
                : group.Consumer is not { } consumers ? Absent(id, $"Group {id} is not a consumer group.")
                : Describe(consumers, image, assignorOf(consumers))),
        };

    private static ConsumerGroupDescribeResponse.DescribedGroup Absent(string id, string message) =>
        new() { GroupId = id, ErrorCode = (short)ErrorCode.GroupIdNotFound, ErrorMessage = message };

    private static ConsumerGroupDescribeResponse.DescribedGroup Describe(ConsumerGroup group, MetadataImage image, string assignor) => new()
    {
        GroupId = group.Id,
        GroupState = group.State,
        GroupEpoch = group.Epoch,
        AssignmentEpoch = group.Target.Epoch,
        AssignorName = assignor,
        Members = [.. group.Members.Select(member => new ConsumerGroupDescribeResponse.Member
        {
            MemberId = member.MemberId,
            InstanceId = member.Metadata.InstanceId,
            RackId = member.Metadata.RackId,
            MemberEpoch = member.Epoch,
            ClientId = member.Metadata.ClientId,
            ClientHost = member.Metadata.ClientHost,
            SubscribedTopicNames = [.. member.Metadata.Topics],
            SubscribedTopicRegex = member.Metadata.Regex,
            Assignment = ToResponse(member.Assignment.Assigned, image),
            TargetAssignment = ToResponse(group.TargetOf(member.MemberId), image),
            MemberType = member.IsClassic ? ClassicMember : ConsumerMemberType,
        })],
    };

    /// <summary>Topics that are gone have no name any more and are left out.</summary>
    private static ConsumerGroupDescribeResponse.Assignment ToResponse(PartitionSet partitions, MetadataImage image)
    {
        var assignment = new ConsumerGroupDescribeResponse.Assignment();
        foreach (var topic in partitions.Topics)
        {
            if (image.Topic(new TopicId(topic.Id)) is not { } known) continue;
            assignment.TopicPartitions.Add(new ConsumerGroupDescribeResponse.TopicPartitions { TopicId = topic.Id, TopicName = known.Name, Partitions = [.. topic.Partitions] });
        }

        return assignment;
    }
}
