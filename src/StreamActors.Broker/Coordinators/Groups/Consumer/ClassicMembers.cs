using System.Collections.Immutable;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Records;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>
/// Members of the classic protocol in a consumer group (KIP-848, while a group changes over): JoinGroup takes the member's next step, SyncGroup brings what it has
/// then, Heartbeat tells it to come again. Nobody leads; the broker assigns.
/// </summary>
internal sealed class ClassicMembers(GroupSettings settings, ConsumerRebalance rebalance, GroupMigration migration, ConsumerTopics topics, Func<Guid> ids)
{
    // Since then a new member has to come back with the id that it was given (KIP-394).
    private const short MemberIdRequiredSince = 4;

    public void Join(Group group, GroupCommand command, JoinGroupRequest request, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var consumers = group.Consumer!;
        var protocols = GroupProtocol.Of(request);
        var isUnknown = request.MemberId.Length == 0;
        var existing = request.GroupInstanceId is { } instance ? consumers.StaticMember(instance) : consumers.Member(request.MemberId);
        var subscription = protocols.IsEmpty ? null : EmbeddedProtocol.TryReadSubscription(protocols[0].Metadata);
        var error = existing is null && consumers.Count >= settings.Consumer.MaxSize ? ErrorCode.GroupMaxSizeReached
            : request.ProtocolType != ConsumerProtocol.Type || subscription is null || !IsOfferedByAll(consumers, existing, protocols) ? ErrorCode.InconsistentGroupProtocol
            : request.GroupInstanceId is null || isUnknown ? ErrorCode.None
            : existing is null ? ErrorCode.UnknownMemberId
            : existing.MemberId != request.MemberId ? ErrorCode.FencedInstanceId
            : ErrorCode.None;
        if (error != ErrorCode.None)
        {
            decision.Reply(command.Call, GroupResponses.JoinError(error, request.MemberId));
            return;
        }

        var memberId = isUnknown ? $"{request.GroupInstanceId ?? command.Origin.ClientId}-{ids():D}" : request.MemberId;
        if (isUnknown && request.GroupInstanceId is null && command.Origin.Version >= MemberIdRequiredSince)
        {
            decision.Reply(command.Call, GroupResponses.JoinError(ErrorCode.MemberIdRequired, memberId));
            return;
        }

        var replaced = existing is not null && existing.MemberId != memberId ? existing : null;
        var had = replaced?.Assignment.HandedOver ?? existing?.Assignment ?? MemberAssignment.None;
        var metadata = MemberMetadata.OfClassic(
            request.GroupInstanceId,
            subscription!.RackId ?? existing?.Metadata.RackId,
            command.Origin.ClientId,
            command.Origin.ClientHost,
            subscription.Topics,
            request.RebalanceTimeoutMs < 0 ? request.SessionTimeoutMs : request.RebalanceTimeoutMs,
            new ClassicMembership(request.SessionTimeoutMs, protocols));
        var member = new ConsumerMember(memberId, metadata, had);
        var first = decision.Count;
        var after = rebalance.Advance(
            consumers, replaced is null ? existing : null, member, replaced, ConsumerProtocol.OwnedBy(subscription, topics.Image), now, decision);

        decision.Reply(command.Call, new JoinGroupResponse
        {
            MemberId = memberId,
            GenerationId = after.Epoch,
            ProtocolType = ConsumerProtocol.Type,
            ProtocolName = protocols[0].Name,
            Leader = "",
        });
        consumers.Deadlines.Clear((memberId, MemberDeadline.Join));
        consumers.Deadlines.Set((memberId, MemberDeadline.Session), Later(now, request.SessionTimeoutMs));
        consumers.Deadlines.Set((memberId, MemberDeadline.Sync), Later(now, metadata.RebalanceTimeoutMs));
        if (replaced is null or { IsClassic: true }) return;
        // It took the place of a static member of the new protocol, which may have been the last one.
        foreach (var record in decision.Since(first).OfType<ConsumerGroupRecord>()) consumers.Apply(record);
        if (migration.MayDowngrade(consumers.Members)) migration.Downgrade(group, [.. consumers.Members], now, decision);
    }

    public void Sync(ConsumerGroup group, GroupCommand command, SyncGroupRequest request, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var error = Check(group, request.MemberId, request.GroupInstanceId, request.GenerationId, out var member);
        if (error == ErrorCode.None)
        {
            var protocol = member!.Metadata.Classic!.Protocols[0].Name;
            if (request.ProtocolType is { } type && type != ConsumerProtocol.Type) error = ErrorCode.InconsistentGroupProtocol;
            else if (request.ProtocolName is { } name && name != protocol) error = ErrorCode.InconsistentGroupProtocol;
            else if (group.Epoch > member.Epoch && member.Assignment.State != MemberState.UnrevokedPartitions)
            {
                error = ErrorCode.RebalanceInProgress;
                group.Deadlines.SetIfAbsent((member.MemberId, MemberDeadline.Join), Later(now, member.Metadata.RebalanceTimeoutMs));
            }
        }

        if (error != ErrorCode.None)
        {
            decision.Reply(command.Call, GroupResponses.SyncError(error));
            return;
        }

        group.Deadlines.Clear((member!.MemberId, MemberDeadline.Sync));
        group.Deadlines.Set((member.MemberId, MemberDeadline.Session), Later(now, member.Metadata.Classic!.SessionTimeoutMs));
        decision.Reply(command.Call, new SyncGroupResponse
        {
            ProtocolType = request.ProtocolType,
            ProtocolName = request.ProtocolName,
            Assignment = ConsumerProtocol.WriteAssignment(member.Assignment.Assigned, member.Metadata.Classic.Protocols[0].Metadata, topics.Image),
        });
    }

    public void Heartbeat(ConsumerGroup group, GroupCommand command, HeartbeatRequest request, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var error = Check(group, request.MemberId, request.GroupInstanceId, request.GenerationId, out var member);
        if (error == ErrorCode.None)
        {
            group.Deadlines.Set((member!.MemberId, MemberDeadline.Session), Later(now, member.Metadata.Classic!.SessionTimeoutMs));
            // There is a newer epoch, or it has to give something back, or what it waits for is free.
            if (member.Epoch < group.Epoch || member.Assignment.State == MemberState.UnrevokedPartitions
                || (member.Assignment.State == MemberState.UnreleasedPartitions && !group.IsWaitingForOthers(member)))
            {
                error = ErrorCode.RebalanceInProgress;
                group.Deadlines.SetIfAbsent((member.MemberId, MemberDeadline.Join), Later(now, member.Metadata.RebalanceTimeoutMs));
            }
        }

        decision.Reply(command.Call, new HeartbeatResponse { ErrorCode = (short)error });
    }

    public void Leave(Group group, GroupCommand command, LeaveGroupRequest request, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var consumers = group.Consumer!;
        var response = new LeaveGroupResponse();
        var leaving = new List<ConsumerMember>();
        foreach (var identity in request.Members)
        {
            var member = identity.GroupInstanceId is { } instance ? consumers.StaticMember(instance) : consumers.Member(identity.MemberId);
            // An operator removes a static member not knowing its member id.
            var error = member is null || leaving.Contains(member) ? ErrorCode.UnknownMemberId
                : identity.MemberId.Length > 0 && identity.MemberId != member.MemberId ? ErrorCode.FencedInstanceId
                : member.IsClassic ? ErrorCode.None
                : ErrorCode.UnknownMemberId;
            if (error == ErrorCode.None) leaving.Add(member!);
            response.Members.Add(new LeaveGroupResponse.MemberResponse { MemberId = identity.MemberId, GroupInstanceId = identity.GroupInstanceId, ErrorCode = (short)error });
        }

        if (leaving.Count > 0) migration.Remove(group, leaving, now, decision);
        decision.Reply(command.Call, response);
    }

    private static ErrorCode Check(ConsumerGroup group, string memberId, string? instanceId, int generation, out ConsumerMember? member)
    {
        member = instanceId is null ? group.Member(memberId) : group.StaticMember(instanceId);
        if (member is null) return ErrorCode.UnknownMemberId;
        if (member.MemberId != memberId) return ErrorCode.FencedInstanceId;
        if (!member.IsClassic) return ErrorCode.UnknownMemberId;
        return member.Epoch == generation ? ErrorCode.None : ErrorCode.IllegalGeneration;
    }

    private static bool IsOfferedByAll(ConsumerGroup group, ConsumerMember? self, ImmutableArray<GroupProtocol> protocols) =>
        protocols.Any(protocol => group.Members.All(member =>
            member.MemberId == self?.MemberId || member.Metadata.Classic is not { } classic || classic.Protocols.Any(each => each.Name == protocol.Name)));

    private static TimestampMs Later(TimestampMs now, int ms) => new(now.Value + ms);
}
