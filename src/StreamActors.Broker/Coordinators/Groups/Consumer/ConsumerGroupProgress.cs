using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using Response = StreamActors.Protocol.Messages.DescribeGroupProgressResponse;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>What DescribeGroupProgress tells of a consumer group: who has to give back what, and who waits for it.</summary>
internal static class ConsumerGroupProgress
{
    public static Response.GroupProgress Describe(
        ConsumerGroup group, MetadataImage image, string assignor, int sessionTimeoutMs, Dictionary<TopicPartition, string> owners)
    {
        var progress = new Response.GroupProgress
        {
            GroupId = group.Id,
            GroupType = ConsumerGroupQueries.Type,
            State = group.State,
            StateSinceMs = group.EpochSince.Value,
            ProtocolType = ConsumerProtocol.Type,
            ProtocolName = assignor,
            Epoch = group.Epoch,
        };
        foreach (var member in group.Members)
        {
            foreach (var (topic, partition) in member.Assignment.Assigned.All)
            {
                if (ConsumerTopics.NameOf(image, topic) is { Length: > 0 } name) owners[new TopicPartition(name, partition)] = member.MemberId;
            }

            progress.Members.Add(Describe(group, member, image, sessionTimeoutMs));
        }

        return progress;
    }

    private static Response.MemberProgress Describe(ConsumerGroup group, ConsumerMember member, MetadataImage image, int sessionTimeoutMs)
    {
        var timeout = member.Metadata.Classic?.SessionTimeoutMs ?? sessionTimeoutMs;
        var session = group.Deadlines.Find((member.MemberId, MemberDeadline.Session))?.Value;
        var revocation = group.Deadlines.Find((member.MemberId, MemberDeadline.Revocation))?.Value;
        return new Response.MemberProgress
        {
            MemberId = member.MemberId,
            InstanceId = member.Metadata.InstanceId,
            ClientId = member.Metadata.ClientId,
            ClientHost = member.Metadata.ClientHost,
            State = StateOf(group, member),
            StateSinceMs = revocation - member.Metadata.RebalanceTimeoutMs ?? group.EpochSince.Value,
            Epoch = member.Epoch,
            LastHeartbeatMs = session - timeout ?? -1,
            SessionDeadlineMs = session ?? -1,
            SessionTimeoutMs = timeout,
            RebalanceTimeoutMs = member.Metadata.RebalanceTimeoutMs,
            Assigned = ToResponse(member.Assignment.Assigned, image),
            Revoking = ToResponse(member.Assignment.Revoking, image),
        };
    }

    /// <summary>Words for programs; they stay what they are.</summary>
    private static string StateOf(ConsumerGroup group, ConsumerMember member) => member.Assignment.State switch
    {
        _ when member.Epoch == ConsumerMember.AwayEpoch => "away",
        MemberState.UnrevokedPartitions => "has-to-revoke",
        MemberState.UnreleasedPartitions => group.IsWaitingForOthers(member) ? "waits-for-partitions" : "has-to-heartbeat",
        _ => member.HasReached(group.Target.Epoch) ? "stable" : "has-to-heartbeat",
    };

    private static List<Response.TopicPartitions> ToResponse(PartitionSet partitions, MetadataImage image) =>
        [.. partitions.Topics.Select(topic => new Response.TopicPartitions { TopicName = ConsumerTopics.NameOf(image, topic.Id), Partitions = [.. topic.Partitions] })];
}
