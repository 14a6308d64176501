using StreamActors.Protocol;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>
/// How a group gets from one generation to the next: it gathers its members, elects a leader, hands the generation out, and
/// gives up on those who are late.
/// </summary>
internal sealed class GroupRebalance(GroupSettings settings)
{
    public void Touch(GroupMember member, TimestampMs now) => member.Touch(now, settings.NewMemberJoinTimeoutMs);

    /// <summary>Something has changed that all members have to hear of.</summary>
    public void Begin(ClassicGroup group, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        if (group.State == GroupState.PreparingRebalance) CompleteIfAllJoined(group, now, decision);
        else Prepare(group, now, decision);
    }

    public void Prepare(ClassicGroup group, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        if (group.State == GroupState.CompletingRebalance) RefuseSyncs(group, ErrorCode.RebalanceInProgress, now, decision);
        group.PendingSyncs.Clear();
        group.SyncDeadline = null;
        group.MoveTo(GroupState.PreparingRebalance, now);
        if (group.IsInInitialDelay)
        {
            group.NewMemberAdded = false;
            group.InitialDelayLeftMs = Math.Max(group.RebalanceTimeoutMs - settings.InitialRebalanceDelayMs, 0);
            group.JoinDeadline = Later(now, settings.InitialRebalanceDelayMs);
            if (settings.InitialRebalanceDelayMs == 0) Complete(group, now, decision);
        }
        else if (group.HasAllJoined) Complete(group, now, decision);
        else group.JoinDeadline = Later(now, group.RebalanceTimeoutMs);
    }

    public void CompleteIfAllJoined(ClassicGroup group, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        if (group.State == GroupState.PreparingRebalance && !group.IsInInitialDelay && group.HasAllJoined) Complete(group, now, decision);
    }

    /// <summary>The first rebalance is delayed again as long as members keep coming, up to the rebalance timeout; then it is time.</summary>
    public void OnJoinDeadline(ClassicGroup group, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        if (group is { IsInInitialDelay: true, NewMemberAdded: true, InitialDelayLeftMs: > 0 })
        {
            var delay = Math.Min(settings.InitialRebalanceDelayMs, group.InitialDelayLeftMs);
            group.NewMemberAdded = false;
            group.InitialDelayLeftMs -= delay;
            group.JoinDeadline = Later(now, delay);
            return;
        }

        Complete(group, now, decision);
    }

    /// <summary>Members that know of the generation and never asked for their assignment are gone.</summary>
    public void OnSyncDeadline(ClassicGroup group, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        group.SyncDeadline = null;
        if (group.State is not (GroupState.CompletingRebalance or GroupState.Stable) || group.PendingSyncs.Count == 0) return;
        foreach (var memberId in group.PendingSyncs.Order(StringComparer.Ordinal).ToArray())
        {
            if (group.Member(memberId) is { } member) Dismiss(group, member, ErrorCode.UnknownMemberId, decision);
        }

        Prepare(group, now, decision);
    }

    public void OnSyncReceived(ClassicGroup group, GroupMember member)
    {
        group.PendingSyncs.Remove(member.MemberId);
        if (group.PendingSyncs.Count == 0) group.SyncDeadline = null;
    }

    /// <summary>A member leaves, or is late; the others are asked to join again.</summary>
    public void Remove(ClassicGroup group, GroupMember member, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        Dismiss(group, member, ErrorCode.UnknownMemberId, decision);
        Begin(group, now, decision);
    }

    /// <summary>Takes a member out and answers what it waits for; nothing else.</summary>
    public void Dismiss(ClassicGroup group, GroupMember member, ErrorCode error, DecisionBuilder<GroupRecord> decision)
    {
        Answer(member, error, decision);
        group.Remove(member);
    }

    public void Answer(GroupMember member, ErrorCode error, DecisionBuilder<GroupRecord> decision)
    {
        // A new member does not know its id yet, and an old one has to forget it.
        var memberId = error == ErrorCode.UnknownMemberId ? "" : member.MemberId;
        if (member.Join is { } join) decision.Reply(join, GroupResponses.JoinError(error, memberId));
        if (member.Sync is { } sync) decision.Reply(sync, GroupResponses.SyncError(error));
        member.Join = null;
        member.Sync = null;
    }

    private void Complete(ClassicGroup group, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        group.JoinDeadline = null;
        foreach (var late in group.Members.Where(member => !member.IsAwaitingJoin && !member.IsStatic).ToArray())
            Dismiss(group, late, ErrorCode.UnknownMemberId, decision);

        if (group.Count > 0 && !group.ElectLeader())
        {
            // Only static members are left, and none of them is here: they may still be restarting.
            group.JoinDeadline = Later(now, group.RebalanceTimeoutMs);
            return;
        }

        group.BeginGeneration(now);
        if (group.State == GroupState.Empty)
        {
            decision.Add(new GroupMetadataRecord(group.Id, group.Store()));
            return;
        }

        foreach (var member in group.Members)
        {
            if (member.Join is { } join) decision.Reply(join, GroupResponses.Joined(group, member, withMembers: group.Leads(member)));
            member.Join = null;
            member.IsNew = false;
            Touch(member, now);
            group.PendingSyncs.Add(member.MemberId);
        }

        group.SyncDeadline = Later(now, group.RebalanceTimeoutMs);
    }

    public void RefuseSyncs(ClassicGroup group, ErrorCode error, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        foreach (var member in group.Members)
        {
            member.Assignment = ReadOnlyMemory<byte>.Empty;
            if (member.Sync is not { } sync) continue;
            decision.Reply(sync, GroupResponses.SyncError(error));
            member.Sync = null;
            Touch(member, now);
        }
    }

    private static TimestampMs Later(TimestampMs now, long ms) => new(now.Value + ms);
}
