using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>JoinGroup (11): a member asks to be in the next generation, or hears of the one it is in.</summary>
internal sealed class GroupJoin(GroupSettings settings, GroupRebalance rebalance, Func<Guid> ids)
{
    // Up to version 3 a member came in at once; since then it has to come back with the id that it was given (KIP-394), so
    // that clients whose first request times out do not leave members behind.
    private const short MemberIdRequiredSince = 4;

    private const short SkipsAssignmentSince = 9;

    /// <summary>What can be refused before there is a group.</summary>
    public JoinGroupResponse? Refuse(JoinGroupRequest request)
    {
        if (request.GroupId.Length == 0) return GroupResponses.JoinError(ErrorCode.InvalidGroupId, request.MemberId);
        return request.SessionTimeoutMs < settings.MinSessionTimeoutMs || request.SessionTimeoutMs > settings.MaxSessionTimeoutMs
            ? GroupResponses.JoinError(ErrorCode.InvalidSessionTimeout, request.MemberId)
            : null;
    }

    public void Join(ClassicGroup group, GroupCommand command, JoinGroupRequest request, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var join = new Joining(command, request);
        var member = group.Member(request.MemberId);
        if (!HasRoom(group, member)) TurnAway(group, member, join, now, decision);
        else if (!group.Supports(request.ProtocolType, join.Protocols)) Refuse(join, ErrorCode.InconsistentGroupProtocol, decision);
        else if (request.MemberId.Length == 0) JoinUnknown(group, join, now, decision);
        else if (group.PendingJoins.ContainsKey(request.MemberId) && request.GroupInstanceId is null) Enter(group, join, request.MemberId, now, decision);
        else if (GroupFence.Check(group, request.MemberId, request.GroupInstanceId) is var error and not ErrorCode.None) Refuse(join, error, decision);
        else Rejoin(group, member!, join, now, decision);
    }

    private bool HasRoom(ClassicGroup group, GroupMember? member) => group.State switch
    {
        GroupState.Empty => true,
        GroupState.PreparingRebalance => member is { IsAwaitingJoin: true } || group.Members.Count(each => each.IsAwaitingJoin) < settings.MaxSize,
        _ => member is not null || group.Count < settings.MaxSize,
    };

    /// <summary>A group shrinks to its maximum by turning away those who join last.</summary>
    private void TurnAway(ClassicGroup group, GroupMember? member, Joining join, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        group.PendingJoins.Remove(join.Request.MemberId);
        if (member is not null) rebalance.Dismiss(group, member, ErrorCode.GroupMaxSizeReached, decision);
        Refuse(join, ErrorCode.GroupMaxSizeReached, decision, memberId: "");
        rebalance.CompleteIfAllJoined(group, now, decision);
    }

    private void JoinUnknown(ClassicGroup group, Joining join, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var instance = join.Request.GroupInstanceId;
        var memberId = $"{instance ?? join.Origin.ClientId}-{ids():D}";
        if (instance is not null && group.StaticMemberId(instance) is { } oldId) TakeOver(group, group.Member(oldId)!, memberId, join, now, decision);
        else if (instance is null && join.Origin.Version >= MemberIdRequiredSince)
        {
            group.PendingJoins[memberId] = new TimestampMs(now.Value + join.Request.SessionTimeoutMs);
            decision.Reply(join.Call, GroupResponses.JoinError(ErrorCode.MemberIdRequired, memberId));
        }
        else Enter(group, join, memberId, now, decision);
    }

    private void Enter(ClassicGroup group, Joining join, string memberId, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var member = new GroupMember(memberId, join.Request.GroupInstanceId, join.Origin.ClientId, join.Origin.ClientHost) { IsNew = true };
        if (group.IsInInitialDelay) group.NewMemberAdded = true;
        join.Update(member);
        member.Join = join.Call;
        group.Add(member, join.Request.ProtocolType);
        rebalance.Touch(member, now);
        rebalance.Begin(group, now, decision);
    }

    private void Rejoin(ClassicGroup group, GroupMember member, Joining join, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var isSame = member.Offers(join.Protocols);
        var changes = group.State switch
        {
            // It may have lost the answer to its last JoinGroup.
            GroupState.CompletingRebalance => !isSame,
            // A leader joins again when it sees that the assignment must change.
            GroupState.Stable => group.Leads(member) || !isSame,
            _ => true,
        };
        if (!changes)
        {
            var withMembers = group.State == GroupState.CompletingRebalance && group.Leads(member);
            decision.Reply(join.Call, GroupResponses.Joined(group, member, withMembers));
            return;
        }

        // Two calls of one member: the older one's connection is most likely gone.
        if (member.Join is { } earlier) decision.Reply(earlier, GroupResponses.JoinError(ErrorCode.RebalanceInProgress, member.MemberId));
        join.Update(member);
        member.Join = join.Call;
        rebalance.Begin(group, now, decision);
    }

    /// <summary>
    /// A static member has been restarted (KIP-345): whoever still uses its old id is fenced. In a stable group it goes on with the
    /// assignment that it had, and nobody else notices, unless the group would now choose another protocol.
    /// </summary>
    private void TakeOver(ClassicGroup group, GroupMember old, string memberId, Joining join, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var oldLeader = group.Leader;
        rebalance.Answer(old, ErrorCode.FencedInstanceId, decision);
        var member = group.Replace(old, memberId, join.Origin.ClientId, join.Origin.ClientHost);
        join.Update(member);
        rebalance.Touch(member, now);
        if (group.State == GroupState.Stable && group.SelectProtocol() == group.Protocol)
        {
            var leads = group.Leads(member);
            var canSkip = join.Origin.Version >= SkipsAssignmentSince;
            var response = GroupResponses.Joined(group, member, withMembers: canSkip && leads);
            // A client that cannot be told to skip the assignment must not take itself for the leader: it would assign anew, in
            // a generation that has its assignment.
            if (canSkip) response.SkipAssignment = leads;
            else response.Leader = oldLeader ?? "";
            decision.Add(new GroupMetadataRecord(group.Id, group.Store()));
            decision.Reply(join.Call, response);
            return;
        }

        member.Join = join.Call;
        // In a group that is completing its rebalance the leader may already assign to the old id: begin again.
        rebalance.Begin(group, now, decision);
    }

    private static void Refuse(in Joining join, ErrorCode error, DecisionBuilder<GroupRecord> decision, string? memberId = null) =>
        decision.Reply(join.Call, GroupResponses.JoinError(error, memberId ?? join.Request.MemberId));

    /// <summary>A JoinGroup and what came with it.</summary>
    private readonly struct Joining(GroupCommand command, JoinGroupRequest request)
    {
        public CallId Call => command.Call;

        public RequestOrigin Origin => command.Origin;

        public JoinGroupRequest Request => request;

        public System.Collections.Immutable.ImmutableArray<GroupProtocol> Protocols { get; } = GroupProtocol.Of(request);

        public void Update(GroupMember member)
        {
            member.Protocols = Protocols;
            member.SessionTimeoutMs = request.SessionTimeoutMs;
            // Version 0 has one timeout for both.
            member.RebalanceTimeoutMs = request.RebalanceTimeoutMs < 0 ? request.SessionTimeoutMs : request.RebalanceTimeoutMs;
        }
    }
}
