using StreamActors.Client.Admin;
using StreamActors.Protocol;

namespace StreamActors.Commands.Groups;

/// <summary>Says why a group does not move, from what its coordinator and the leaders of its partitions told. No I/O, no clock.</summary>
internal static class GroupDiagnosis
{
    /// <param name="group">As it was described.</param>
    /// <param name="stalledAfter">How long an offset may stand while there is more to read.</param>
    public static IReadOnlyList<GroupFinding> Of(GroupDescription group, TimeSpan stalledAfter)
    {
        List<GroupFinding> findings = [.. OfMembers(group), .. PartitionDiagnosis.Of(group, stalledAfter)];
        if (findings.TrueForAll(finding => !finding.IsTrouble) && group.Members.Count > 0 && group.Partitions.Any(each => each.Lag > 0))
        {
            findings.Add(GroupFinding.Fine(
                "moving", $"It moves: {group.Partitions.Sum(each => each.Lag ?? 0)} records are left to read, and no offset has stood still for {Ages.Text(stalledAfter)}.",
                ("lag", group.Partitions.Sum(each => each.Lag ?? 0))));
        }

        return findings;
    }

    private static IEnumerable<GroupFinding> OfMembers(GroupDescription group)
    {
        if (group.Members.Count == 0)
        {
            var lag = group.Partitions.Sum(each => each.Lag ?? 0);
            yield return GroupFinding.Trouble(
                "no-members", $"It has no members{Since(group, group.StateSince, ", for ")}: nobody reads the {lag} record(s) that are left.", ("state", group.State), ("lag", lag));
            if (group.PendingMembers > 0)
                yield return GroupFinding.Trouble("pending-members", $"{group.PendingMembers} client(s) were given a member id and have not joined with it yet.", ("pendingMembers", group.PendingMembers));
            yield break;
        }

        foreach (var member in group.Members)
        {
            if (Waiting(group, member) is { } waiting) yield return waiting;
            if (Silent(group, member) is { } silent) yield return silent;
        }

        if (group.State == "PreparingRebalance" && group.Members.All(member => member.State == "joined"))
        {
            yield return GroupFinding.Trouble(
                "gathering", $"It gathers its members before the first generation{Until(group, group.Deadline)}.", ("state", group.State), ("members", group.Members.Count));
        }

        if (group.State is "PreparingRebalance" or "CompletingRebalance" && group.Members.All(member => member.State.Length == 0))
            yield return GroupFinding.Trouble("rebalancing", $"It is in a rebalance ({group.State}); this broker does not tell who is waited for.", ("state", group.State));
    }

    /// <summary>What the others wait for this member to do; null where they do not.</summary>
    private static GroupFinding? Waiting(GroupDescription group, GroupMemberDescription member)
    {
        var who = Name(member);
        var (code, words) = member.State switch
        {
            "has-to-rejoin" => ("waits-for-rejoin", $"{who} has not rejoined{Since(group, member.StateSince, " for ")}{Most(member.RebalanceTimeoutMs)}."),
            "has-to-sync" => ("waits-for-sync", $"{who} has not asked for its assignment (SyncGroup){Since(group, member.StateSince, " for ")}{Most(member.RebalanceTimeoutMs)}."),
            "has-to-assign" => ("waits-for-leader", $"{who} leads the group and has not assigned the partitions (SyncGroup){Since(group, member.StateSince, " for ")}{Most(member.RebalanceTimeoutMs)}."),
            "has-to-revoke" => ("waits-for-revocation", $"{who} has not given back {GroupOutput.Text(member.Revoking)}{Since(group, member.StateSince, " for ")}{Most(member.RebalanceTimeoutMs)}."),
            "has-to-heartbeat" => ("waits-for-heartbeat", $"{who} has not taken up its new assignment (by a heartbeat){Since(group, member.StateSince, " for ")}."),
            "away" => ("member-away", $"{who} is away: it is a static member, and its partitions wait for it until its session ends."),
            _ => ("", ""),
        };
        return code.Length == 0
            ? null
            : GroupFinding.Trouble(
                code, words, ("memberId", member.MemberId), ("clientId", member.ClientId), ("host", member.Host), ("sinceMs", member.StateSince?.Value),
                ("rebalanceTimeoutMs", member.RebalanceTimeoutMs), ("deadlineMs", group.Deadline?.Value), ("revoking", member.Revoking.Select(each => each.ToString()).ToList()));
    }

    /// <summary>A member that is silent for half of its session is late; heartbeats come many times in it.</summary>
    private static GroupFinding? Silent(GroupDescription group, GroupMemberDescription member)
    {
        if (group.Now is not { } now || member is not { State: "stable", LastHeartbeat: { } heard, SessionTimeoutMs: { } session }) return null;
        var silence = now.Value - heard.Value;
        return silence <= session / 2
            ? null
            : GroupFinding.Trouble(
                "silent-member", $"{Name(member)} was last heard {Ages.Text(TimeSpan.FromMilliseconds(silence))} ago; after {Ages.Text(TimeSpan.FromMilliseconds(session))} it is removed.",
                ("memberId", member.MemberId), ("clientId", member.ClientId), ("host", member.Host), ("lastHeartbeatMs", heard.Value), ("sessionTimeoutMs", session));
    }

    public static string Name(GroupMemberDescription member) =>
        $"Member {member.InstanceId ?? member.MemberId} (client {member.ClientId}, {member.Host})";

    public static string Since(GroupDescription group, TimestampMs? since, string before) =>
        group.Now is { } now && since is { } time && time.Value >= 0 ? $"{before}{Ages.Text(TimeSpan.FromMilliseconds(Math.Max(0, now.Value - time.Value)))}" : "";

    private static string Until(GroupDescription group, TimestampMs? deadline) =>
        group.Now is { } now && deadline is { } time ? $", for {Ages.Text(TimeSpan.FromMilliseconds(Math.Max(0, time.Value - now.Value)))} more" : "";

    private static string Most(int? ms) => ms is { } most ? $" of at most {Ages.Text(TimeSpan.FromMilliseconds(most))}" : "";
}
