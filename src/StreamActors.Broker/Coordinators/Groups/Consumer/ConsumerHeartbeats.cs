using System.Collections.Immutable;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>ConsumerGroupHeartbeat (68): by it members join, say what has changed, hear what has, and leave.</summary>
internal sealed class ConsumerHeartbeats(GroupSettings settings, ConsumerRebalance rebalance, GroupMigration migration, Func<Guid> ids)
{
    public const int JoinEpoch = 0;
    public const int LeaveEpoch = -1;

    // Since then members make their ids themselves (KIP-1082).
    private const short OwnMemberIdSince = 1;

    /// <summary>What can be refused before there is a group.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="version">Of the API.</param>
    /// <param name="group">The group where there is one: patterns that it has matched are known to be good.</param>
    public Refusal? Check(ConsumerGroupHeartbeatRequest request, short version, ConsumerGroup? group)
    {
        if (request.GroupId.Length == 0) return Invalid("GroupId can't be empty.");
        if (request.InstanceId is "") return Invalid("InstanceId can't be empty.");
        if (request.RackId is "") return Invalid("RackId can't be empty.");
        if (request.MemberId.Length == 0 && (version >= OwnMemberIdSince || request.MemberEpoch != JoinEpoch)) return Invalid("MemberId can't be empty.");
        switch (request.MemberEpoch)
        {
            case JoinEpoch when request.RebalanceTimeoutMs == -1: return Invalid("RebalanceTimeoutMs must be provided in first request.");
            case JoinEpoch when request.TopicPartitions is not { Count: 0 }: return Invalid("TopicPartitions must be empty when (re-)joining.");
            case JoinEpoch when request.SubscribedTopicNames is null or { Count: 0 } && string.IsNullOrEmpty(request.SubscribedTopicRegex):
                return Invalid("Either SubscribedTopicNames or SubscribedTopicRegex must be non-empty when (re-)joining.");
            case ConsumerMember.AwayEpoch when request.InstanceId is null: return Invalid("InstanceId can't be null.");
            case < ConsumerMember.AwayEpoch: return Invalid("MemberEpoch is invalid.");
        }

        if (request.RebalanceTimeoutMs is < -1 or 0) return Invalid("RebalanceTimeoutMs must be positive.");
        if (request.ServerAssignor is { } assignor && !rebalance.Assignors.Contains(assignor, StringComparer.Ordinal))
        {
            var supported = string.Join(", ", rebalance.Assignors);
            return new Refusal(ErrorCode.UnsupportedAssignor, $"ServerAssignor {assignor} is not supported. Supported assignors: {supported}.");
        }

        if (request.SubscribedTopicRegex is { Length: > 0 } regex && group?.Matches.ContainsKey(regex) != true && TopicPatterns.Compile(regex, out var error) is null)
            return new Refusal(ErrorCode.InvalidRegularExpression, $"SubscribedTopicRegex `{regex}` is not a valid regular expression: {error}");
        return null;
    }

    /// <param name="group">The group; a classic one becomes a consumer group if it may.</param>
    /// <param name="command">The call.</param>
    /// <param name="request">What <see cref="Check"/> has found nothing wrong with.</param>
    /// <param name="now">The time of it.</param>
    /// <param name="decision">Takes records and the answer.</param>
    public void Heartbeat(Group group, GroupCommand command, ConsumerGroupHeartbeatRequest request, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var refusal = request.MemberEpoch < JoinEpoch ? Leave(group, command, request, now, decision) : Stay(group, command, request, now, decision);
        if (refusal is { } error) decision.Reply(command.Call, error.ToHeartbeat());
    }

    private Refusal? Stay(Group group, GroupCommand command, ConsumerGroupHeartbeatRequest request, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var isJoining = request.MemberEpoch == JoinEpoch;
        if (group.Consumer is null)
        {
            if (!isJoining) return new Refusal(ErrorCode.GroupIdNotFound, $"Group {group.Id} is not a consumer group.");
            if (migration.Upgrade(group, now, decision) is { } notThis) return notThis;
        }

        var consumers = group.Consumer!;
        var memberId = request.MemberId.Length == 0 ? ids().ToString("D") : request.MemberId;
        var existing = request.InstanceId is { } instance ? consumers.StaticMember(instance) : consumers.Member(memberId);
        var owned = request.TopicPartitions is { } partitions ? PartitionSet.Of(partitions.Select(each => (each.TopicId, each.Partitions.AsEnumerable()))) : null;
        if ((isJoining ? CheckJoin(consumers, request, memberId, existing) : CheckMember(consumers, request, memberId, existing, owned)) is { } refusal) return refusal;

        var replaced = existing is not null && existing.MemberId != memberId ? existing : null;
        // It joins anew, or the network brings an old request once more. What it had it may still use, until it says that it does not.
        if (isJoining && replaced is null && existing is { Epoch: > 0, IsClassic: false }) owned = null;

        var before = replaced is null ? existing : null;
        var had = replaced?.Assignment.HandedOver ?? existing?.Assignment ?? MemberAssignment.None;
        // A static member that comes back under its own id.
        if (had.Epoch == ConsumerMember.AwayEpoch) had = had with { Epoch = 0, PreviousEpoch = 0 };
        var member = new ConsumerMember(memberId, Update(existing?.Metadata ?? MemberMetadata.Nothing, request, command.Origin), had);
        var after = rebalance.Advance(consumers, before, member, replaced, owned, now, decision);

        var timeouts = settings.ConfigOf(group.Id);
        consumers.Deadlines.Set((memberId, MemberDeadline.Session), new TimestampMs(now.Value + timeouts.ConsumerSessionTimeoutMs));
        var isFull = isJoining || (request.RebalanceTimeoutMs != -1 && request.TopicPartitions is not null && (request.SubscribedTopicNames is not null || request.SubscribedTopicRegex is not null));
        decision.Reply(command.Call, new ConsumerGroupHeartbeatResponse
        {
            MemberId = memberId,
            MemberEpoch = after.Epoch,
            HeartbeatIntervalMs = timeouts.ConsumerHeartbeatIntervalMs,
            // Who asks for everything, or says that it uses something else, may have lost an answer; the others know it already, unless it has changed.
            Assignment = isFull || !after.Assignment.Assigned.Equals(existing?.Assignment.Assigned) || owned?.Equals(after.Assignment.Assigned) == false
                ? ToResponse(after.Assignment.Assigned)
                : null,
        });
        return null;
    }

    private Refusal? CheckJoin(ConsumerGroup group, ConsumerGroupHeartbeatRequest request, string memberId, ConsumerMember? existing)
    {
        if (existing is null)
        {
            return group.Count < settings.Consumer.MaxSize
                ? null
                : new Refusal(ErrorCode.GroupMaxSizeReached, $"The consumer group has reached its maximum capacity of {settings.Consumer.MaxSize} members.");
        }

        // One of the classic protocol may be replaced at any time, another one only when it has said that it is away.
        return existing.MemberId == memberId || existing.IsClassic || existing.Epoch == ConsumerMember.AwayEpoch
            ? null
            : new Refusal(
                ErrorCode.UnreleasedInstanceId,
                $"Static member {memberId} with instance id {request.InstanceId} cannot join the group because the instance id is owned by {existing.MemberId} member.");
    }

    private static Refusal? CheckMember(ConsumerGroup group, ConsumerGroupHeartbeatRequest request, string memberId, ConsumerMember? existing, PartitionSet? owned) =>
        existing is null ? new Refusal(ErrorCode.UnknownMemberId, $"Member {memberId} is not a member of group {group.Id}.")
        : existing.MemberId != memberId ? Fenced(request, existing)
        : CheckEpoch(existing, request.MemberEpoch, owned);

    private static Refusal Fenced(ConsumerGroupHeartbeatRequest request, ConsumerMember existing) => new(
        ErrorCode.FencedInstanceId, $"Static member {request.MemberId} with instance id {request.InstanceId} was fenced by member {existing.MemberId}.");

    private Refusal? Leave(Group group, GroupCommand command, ConsumerGroupHeartbeatRequest request, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        if (group.Consumer is not { } consumers) return new Refusal(ErrorCode.GroupIdNotFound, $"Group {group.Id} is not a consumer group.");
        var member = request.InstanceId is { } instance ? consumers.StaticMember(instance) : consumers.Member(request.MemberId);
        if (member is null) return new Refusal(ErrorCode.UnknownMemberId, $"Member {request.MemberId} is not a member of group {group.Id}.");
        if (member.MemberId != request.MemberId) return Fenced(request, member);
        if (request.MemberEpoch == ConsumerMember.AwayEpoch)
        {
            // Its partitions are kept for it until its session ends.
            var away = member.Assignment with { Epoch = ConsumerMember.AwayEpoch, PreviousEpoch = member.Epoch, State = MemberState.Stable, Revoking = PartitionSet.Empty };
            decision.Add(new CurrentAssignmentRecord(group.Id, member.MemberId, away));
            consumers.Deadlines.Clear((member.MemberId, MemberDeadline.Revocation));
        }
        else migration.Remove(group, [member], now, decision);

        decision.Reply(command.Call, new ConsumerGroupHeartbeatResponse { MemberId = member.MemberId, MemberEpoch = request.MemberEpoch });
        return null;
    }

    /// <summary>A member may come with its previous epoch, as long as it uses nothing that it was not given: it has lost an answer.</summary>
    private static Refusal? CheckEpoch(ConsumerMember member, int epoch, PartitionSet? owned)
    {
        if (epoch == member.Epoch) return null;
        if (epoch > member.Epoch)
        {
            return new Refusal(
                ErrorCode.FencedMemberEpoch,
                $"The consumer group member has a greater member epoch ({epoch}) than the one known by the group coordinator ({member.Epoch}). The member must abandon all its partitions and rejoin.");
        }

        if (epoch == member.Assignment.PreviousEpoch && owned?.IsSubsetOf(member.Assignment.Assigned) == true) return null;
        return new Refusal(
            ErrorCode.FencedMemberEpoch,
            $"The consumer group member has a smaller member epoch ({epoch}) than the one known by the group coordinator ({member.Epoch}). The member must abandon all its partitions and rejoin.");
    }

    /// <summary>What is null has not changed.</summary>
    private static MemberMetadata Update(MemberMetadata metadata, ConsumerGroupHeartbeatRequest request, RequestOrigin origin) => metadata with
    {
        InstanceId = request.InstanceId ?? metadata.InstanceId,
        RackId = request.RackId ?? metadata.RackId,
        ClientId = origin.ClientId,
        ClientHost = origin.ClientHost,
        Topics = request.SubscribedTopicNames is { } names ? MemberMetadata.Names(names) : metadata.Topics,
        // An empty one takes back the subscription.
        Regex = request.SubscribedTopicRegex is { } regex ? (regex.Length == 0 ? null : regex) : metadata.Regex,
        RebalanceTimeoutMs = request.RebalanceTimeoutMs == -1 ? metadata.RebalanceTimeoutMs : request.RebalanceTimeoutMs,
        ServerAssignor = request.ServerAssignor ?? metadata.ServerAssignor,
        Classic = null,
    };

    private static ConsumerGroupHeartbeatResponse.AssignmentData ToResponse(PartitionSet assigned) => new()
    {
        TopicPartitions = [.. assigned.Topics.Select(topic => new ConsumerGroupHeartbeatResponse.TopicPartitions { TopicId = topic.Id, Partitions = [.. topic.Partitions] })],
    };

    private static Refusal Invalid(string message) => new(ErrorCode.InvalidRequest, message);
}
