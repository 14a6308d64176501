using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>SyncGroup (14): the leader brings the assignment, everybody gets theirs.</summary>
internal sealed class GroupSync(GroupSettings settings, GroupRebalance rebalance)
{
    public void Sync(ClassicGroup? group, GroupCommand command, SyncGroupRequest request, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var error = Check(group, request);
        if (error != ErrorCode.None)
        {
            decision.Reply(command.Call, GroupResponses.SyncError(error));
            return;
        }

        var member = group!.Member(request.MemberId)!;
        rebalance.OnSyncReceived(group, member);
        if (group.State == GroupState.Stable)
        {
            decision.Reply(command.Call, GroupResponses.Synced(group, member));
            return;
        }

        if (member.Sync is { } earlier) decision.Reply(earlier, GroupResponses.SyncError(ErrorCode.RebalanceInProgress));
        member.Sync = command.Call;
        if (group.Leads(member)) Assign(group, request, now, decision);
    }

    private static ErrorCode Check(ClassicGroup? group, SyncGroupRequest request)
    {
        if (request.GroupId.Length == 0) return ErrorCode.InvalidGroupId;
        if (group is null) return ErrorCode.UnknownMemberId;
        var error = GroupFence.Check(group, request.MemberId, request.GroupInstanceId, request.GenerationId);
        if (error != ErrorCode.None) return error;
        if (request.ProtocolType is { } type && type != group.ProtocolType) return ErrorCode.InconsistentGroupProtocol;
        if (request.ProtocolName is { } name && name != group.Protocol) return ErrorCode.InconsistentGroupProtocol;
        return group.State == GroupState.PreparingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }

    /// <summary>Whom the leader forgot gets an empty assignment.</summary>
    private void Assign(ClassicGroup group, SyncGroupRequest request, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        foreach (var member in group.Members) member.Assignment = ReadOnlyMemory<byte>.Empty;
        foreach (var assignment in request.Assignments)
        {
            if (group.Member(assignment.MemberId) is { } member) member.Assignment = assignment.Assignment;
        }

        group.MoveTo(GroupState.Stable, now);
        var stored = group.Store();
        if (GroupRecordCodec.SizeOf(stored) > settings.MaxRecordBytes)
        {
            // The topic does not take a record that large. The members hear that it failed and try again.
            group.MoveTo(GroupState.CompletingRebalance, now);
            rebalance.RefuseSyncs(group, ErrorCode.UnknownServerError, now, decision);
            rebalance.Prepare(group, now, decision);
            return;
        }

        decision.Add(new GroupMetadataRecord(group.Id, stored));
        foreach (var member in group.Members)
        {
            if (member.Sync is not { } sync) continue;
            decision.Reply(sync, GroupResponses.Synced(group, member));
            member.Sync = null;
            rebalance.Touch(member, now);
        }
    }
}
