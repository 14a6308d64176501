using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>Heartbeat (12), LeaveGroup (13), and what happens to members that are silent.</summary>
internal sealed class GroupMembership(GroupRebalance rebalance)
{
    public void Heartbeat(ClassicGroup? group, GroupCommand command, HeartbeatRequest request, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var error = request.GroupId.Length == 0 ? ErrorCode.InvalidGroupId
            : group is null ? ErrorCode.UnknownMemberId
            : GroupFence.Check(group, request.MemberId, request.GroupInstanceId, request.GenerationId);
        if (error == ErrorCode.None)
        {
            rebalance.Touch(group!.Member(request.MemberId)!, now);
            if (group.State == GroupState.PreparingRebalance) error = ErrorCode.RebalanceInProgress;
        }

        decision.Reply(command.Call, new HeartbeatResponse { ErrorCode = (short)error }, atOnce: true);
    }

    public void Leave(ClassicGroup? group, GroupCommand command, LeaveGroupRequest request, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var response = new LeaveGroupResponse();
        if (request.GroupId.Length == 0) response.ErrorCode = (short)ErrorCode.InvalidGroupId;
        else
        {
            var left = false;
            foreach (var leaving in request.Members)
            {
                var error = group is null ? ErrorCode.UnknownMemberId : Leave(group, leaving, decision, ref left);
                response.Members.Add(new LeaveGroupResponse.MemberResponse
                {
                    MemberId = leaving.MemberId,
                    GroupInstanceId = leaving.GroupInstanceId,
                    ErrorCode = (short)error,
                });
            }

            if (left) rebalance.Begin(group!, now, decision);
        }

        decision.Reply(command.Call, response);
    }

    /// <summary>An operator removes a static member by its instance id, not knowing the member id that it has at the moment.</summary>
    private ErrorCode Leave(ClassicGroup group, LeaveGroupRequest.MemberIdentity leaving, DecisionBuilder<GroupRecord> decision, ref bool left)
    {
        var memberId = leaving.MemberId;
        if (memberId.Length == 0)
        {
            if (leaving.GroupInstanceId is null || group.StaticMemberId(leaving.GroupInstanceId) is not { } current) return ErrorCode.UnknownMemberId;
            memberId = current;
        }
        else if (group.PendingJoins.Remove(memberId))
        {
            left |= group.State == GroupState.PreparingRebalance;
            return ErrorCode.None;
        }

        var error = GroupFence.Check(group, memberId, leaving.GroupInstanceId);
        if (error != ErrorCode.None) return error;
        rebalance.Dismiss(group, group.Member(memberId)!, ErrorCode.UnknownMemberId, decision);
        left = true;
        return ErrorCode.None;
    }

    public void Expire(ClassicGroup group, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        foreach (var (memberId, _) in group.PendingJoins.Where(pending => IsDue(pending.Value, now)).ToArray())
        {
            group.PendingJoins.Remove(memberId);
            rebalance.CompleteIfAllJoined(group, now, decision);
        }

        foreach (var member in group.Members.Where(member => IsDue(member.SessionDeadline, now)).ToArray())
        {
            // An earlier one's end may have changed what this one waits for.
            if (group.Member(member.MemberId) != member || !IsDue(member.SessionDeadline, now)) continue;
            if (member.IsExcused) member.Excuse();
            else rebalance.Remove(group, member, now, decision);
        }

        if (IsDue(group.SyncDeadline, now)) rebalance.OnSyncDeadline(group, now, decision);
        if (IsDue(group.JoinDeadline, now)) rebalance.OnJoinDeadline(group, now, decision);
    }

    private static bool IsDue(TimestampMs? deadline, TimestampMs now) => deadline is { } time && time.Value <= now.Value;
}
