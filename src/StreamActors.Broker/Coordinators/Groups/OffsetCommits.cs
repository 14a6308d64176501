using System.Text;
using StreamActors.Broker.Coordinators.Groups.Consumer;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>OffsetCommit (8), OffsetDelete (47), and offsets that nobody needs any more.</summary>
internal sealed class OffsetCommits(GroupSettings settings, GroupRebalance rebalance)
{
    // Older clients know of no better word for a group that is not there.
    private const short GroupIdNotFoundSince = 9;

    /// <summary>What a commit to a group that does not exist is told; a commit by no member makes the group.</summary>
    public static ErrorCode CheckAbsent(GroupCommand command, OffsetCommitRequest request)
    {
        if (request.GenerationIdOrMemberEpoch < 0) return ErrorCode.None;
        return command.Origin.Version >= GroupIdNotFoundSince ? ErrorCode.GroupIdNotFound : ErrorCode.IllegalGeneration;
    }

    public void Commit(Group group, GroupCommand command, OffsetCommitRequest request, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var members = group.Members;
        var error = group.Consumer is { } consumers
            ? ConsumerFence.CheckCommit(consumers, request.MemberId, request.GroupInstanceId, request.GenerationIdOrMemberEpoch, command.Origin.Version)
            : GroupFence.CheckCommit(members, request.MemberId, request.GroupInstanceId, request.GenerationIdOrMemberEpoch);
        var response = GroupErrors.CommitResponse(request, error);
        decision.Reply(command.Call, response);
        if (error is not (ErrorCode.None or ErrorCode.StaleMemberEpoch)) return;
        if (members.Member(request.MemberId) is { } member) rebalance.Touch(member, now);
        TimestampMs? expires = request.RetentionTimeMs < 0 ? null : new TimestampMs(now.Value + request.RetentionTimeMs);
        for (var topic = 0; topic < request.Topics.Count; topic++)
        {
            var its = request.Topics[topic];
            for (var index = 0; index < its.Partitions.Count; index++)
            {
                var partition = its.Partitions[index];
                if (error == ErrorCode.StaleMemberEpoch)
                {
                    if (!ConsumerFence.MayCommit(group.Consumer!, request.MemberId, request.GenerationIdOrMemberEpoch, its.TopicId, partition.PartitionIndex)) continue;
                    response.Topics[topic].Partitions[index].ErrorCode = (short)ErrorCode.None;
                }

                var metadata = partition.CommittedMetadata ?? "";
                if (Encoding.UTF8.GetByteCount(metadata) > settings.MaxOffsetMetadataBytes)
                {
                    response.Topics[topic].Partitions[index].ErrorCode = (short)ErrorCode.OffsetMetadataTooLarge;
                    continue;
                }

                var offset = new CommittedOffset(partition.CommittedOffset, partition.CommittedLeaderEpoch, metadata, now, expires);
                decision.Add(new OffsetCommitRecord(group.Id, new TopicPartition(its.Name, partition.PartitionIndex), offset));
            }
        }
    }

    /// <summary>Of a group with members only those topics can be forgotten that they do not subscribe to.</summary>
    public void Delete(Group? group, GroupCommand command, OffsetDeleteRequest request, DecisionBuilder<GroupRecord> decision)
    {
        var response = new OffsetDeleteResponse();
        decision.Reply(command.Call, response);
        if (group is null) response.ErrorCode = (short)ErrorCode.GroupIdNotFound;
        else if (group.Consumer is null && group.Members.State != GroupState.Empty && !group.Members.UsesConsumerProtocol) response.ErrorCode = (short)ErrorCode.NonEmptyGroup;
        if (group is null || response.ErrorCode != (short)ErrorCode.None) return;
        var subscribed = Subscriptions.Of(group);
        foreach (var topic in request.Topics)
        {
            var refused = subscribed.Contains(topic.Name);
            var answer = new OffsetDeleteResponse.OffsetDeleteResponseTopic { Name = topic.Name };
            response.Topics.Add(answer);
            foreach (var partition in topic.Partitions)
            {
                answer.Partitions.Add(new OffsetDeleteResponse.OffsetDeleteResponsePartition
                {
                    PartitionIndex = partition.PartitionIndex,
                    ErrorCode = (short)(refused ? ErrorCode.GroupSubscribedToTopic : ErrorCode.None),
                });
                if (!refused && group.Offsets.Find(topic.Name, partition.PartitionIndex) is not null)
                    decision.Add(new OffsetCommitRecord(group.Id, new TopicPartition(topic.Name, partition.PartitionIndex), null));
            }
        }
    }

    /// <summary>
    /// An offset ages from when it was committed; in a group that had members, from when the last one left. While a group has
    /// members, only topics that they do not subscribe to age (KIP-211). A group without members and offsets goes too.
    /// </summary>
    public void Expire(Group group, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var members = group.Members;
        var anyLeft = false;
        var subscribed = group.Consumer is not null || members is { State: GroupState.Stable, UsesConsumerProtocol: true } ? Subscriptions.Of(group) : Subscriptions.None;
        foreach (var (partition, offset) in group.Offsets.All)
        {
            if (AgesFrom(group, offset) is { } since && !subscribed.Contains(partition.Topic) && IsExpired(offset, since, now))
                decision.Add(new OffsetCommitRecord(group.Id, partition, null));
            else anyLeft = true;
        }

        if (anyLeft || !group.IsIdle) return;
        if (group.Stored is not null) decision.Add(new GroupMetadataRecord(group.Id, null));
        if (group.Consumer is { } consumers) ConsumerRebalance.AddTombstones(consumers, decision);
    }

    private static TimestampMs? AgesFrom(Group group, CommittedOffset offset)
    {
        // When a consumer group became empty is not in the log; after a failover, the last assignment is the latest that is known.
        if (group.Consumer is { } consumers)
            return new TimestampMs(Math.Max(offset.CommitTimestamp.Value, Math.Max(consumers.EpochSince.Value, consumers.Target.Timestamp.Value)));
        var members = group.Members;
        if (members.ProtocolType is null) return offset.CommitTimestamp;
        return members.State switch
        {
            GroupState.Empty => members.StateTimestamp == TimestampMs.None ? offset.CommitTimestamp : members.StateTimestamp,
            GroupState.Stable when members.UsesConsumerProtocol => offset.CommitTimestamp,
            _ => null,
        };
    }

    private bool IsExpired(CommittedOffset offset, TimestampMs since, TimestampMs now) => offset.ExpireTimestamp is { } expires
        ? now.Value >= expires.Value
        : now.Value - since.Value >= settings.OffsetsRetentionMinutes * 60_000L;
}
