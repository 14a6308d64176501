using StreamActors.Client.Admin;
using StreamActors.Protocol;

namespace StreamActors.Commands.Groups;

/// <summary>Why a group does not move in its partitions. Partitions with one and the same trouble of their topic are told together.</summary>
internal static class PartitionDiagnosis
{
    public static IEnumerable<GroupFinding> Of(GroupDescription group, TimeSpan stalledAfter)
    {
        if (group.Partitions.Count == 0 && group.State is "Stable" or "Empty")
        {
            yield return GroupFinding.Trouble("nothing-committed", "It has committed no offsets, and no member has partitions.");
            yield break;
        }

        var troubles = 0;
        foreach (var each in group.Partitions.Select(partition => (Partition: partition, Code: CodeOf(group, partition, stalledAfter)))
                     .Where(each => each.Code.Length > 0)
                     .GroupBy(each => (each.Code, each.Partition.Partition.Topic, each.Partition.OwnerMemberId)))
        {
            troubles++;
            yield return Tell(group, each.Key.Code, [.. each.Select(one => one.Partition)]);
        }

        if (troubles == 0 && group.Partitions.Count > 0 && group.Partitions.All(partition => partition.Lag == 0))
        {
            yield return GroupFinding.Fine(
                "caught-up", $"It has read all there is, in {group.Partitions.Count} partition(s).", ("partitions", group.Partitions.Count));
        }
    }

    private static string CodeOf(GroupDescription group, GroupPartition partition, TimeSpan stalledAfter) => partition switch
    {
        { Error: ErrorCode.UnknownTopicOrPartition or ErrorCode.UnknownTopicId } => "topic-deleted",
        { Error: ErrorCode.LeaderNotAvailable } => "no-leader",
        { Error: not ErrorCode.None } => "leader-silent",
        { Committed: { } committed, LogStart: { } start } when committed < start => "offset-deleted",
        { Committed: { } committed, LogEnd: { } end } when committed > end => "offset-ahead",
        { Lag: > 0, Committed: { } committed, LastStable: { } stable, End: { } end } when stable < end && committed >= stable => "open-transaction",
        { Lag: > 0, OwnerMemberId: null } when group.Members.Count > 0 && group.State == "Stable" => "no-owner",
        { Lag: > 0 } when IsStalled(group, partition, stalledAfter) => "stalled",
        { Committed: null, OwnerMemberId: not null, End: > 0 } => "never-committed",
        _ => "",
    };

    private static bool IsStalled(GroupDescription group, GroupPartition partition, TimeSpan after) =>
        group.Members.Count > 0 && group.Now is { } now && partition.UnchangedSince is { } since && now.Value - since.Value >= after.TotalMilliseconds;

    private static GroupFinding Tell(GroupDescription group, string code, List<GroupPartition> partitions)
    {
        var first = partitions[0];
        var where = GroupOutput.Text(partitions.Select(each => each.Partition));
        var words = code switch
        {
            "topic-deleted" => $"{where}: there is no such topic or partition any more. Its offsets expire, or OffsetDelete takes them.",
            "no-leader" => $"{where}: the partition has no leader, since its broker is not there.",
            "leader-silent" => $"{where}: its leader, broker {first.Leader}, does not answer ({first.Error.KafkaName()}).",
            "offset-deleted" => $"{where}: the committed offset {first.Committed} is before the first record that is left, {first.LogStart}: retention was faster. The consumer goes on by its auto.offset.reset.",
            "offset-ahead" => $"{where}: the committed offset {first.Committed} is behind the log's end, {first.LogEnd}: the topic was made anew, or the offset is not from it.",
            "open-transaction" => $"{where}: records from {first.LastStable} on wait for a transaction{Transaction(group, first)}; a consumer of committed records cannot read on, though the end is {first.End}.",
            "no-owner" => $"{where}: there is more to read, and no member has the partition assigned.",
            "stalled" => $"{where}: the committed offset {first.Committed} has not changed{GroupDiagnosis.Since(group, first.UnchangedSince, " for ")}, though the end is {first.End}{Owner(group, first)}: it is slow, paused, or does not commit.",
            "never-committed" => $"{where}: nothing was ever committed{Owner(group, first)}.",
            _ => throw new InvalidOperationException($"No words for {code}"),
        };
        return GroupFinding.Trouble(
            code, words, ("partitions", partitions.ConvertAll(each => each.Partition.ToString())), ("committed", first.Committed), ("logStart", first.LogStart), ("lastStable", first.LastStable),
            ("end", first.End), ("lag", partitions.Sum(each => each.Lag ?? 0)), ("unchangedSinceMs", first.UnchangedSince?.Value), ("owner", first.OwnerMemberId),
            ("leader", first.Leader.Value < 0 ? null : (long)first.Leader.Value), ("producerId", first.OpenTransaction?.ProducerId), ("transactionSinceMs", first.OpenTransaction?.Since.Value));
    }

    private static string Transaction(GroupDescription group, GroupPartition partition) => partition.OpenTransaction is { } open
        ? $" of producer {open.ProducerId}, open{GroupDiagnosis.Since(group, open.Since, " for ")}"
        : " that is open";

    private static string Owner(GroupDescription group, GroupPartition partition) =>
        group.Members.FirstOrDefault(member => member.MemberId == partition.OwnerMemberId) is { } owner ? $" ({char.ToLowerInvariant(GroupDiagnosis.Name(owner)[0])}{GroupDiagnosis.Name(owner)[1..]})" : "";
}
