using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using StreamActors.Client.Admin;
using StreamActors.Protocol;

namespace StreamActors.Commands.Groups;

/// <summary>A group as <c>group describe</c> shows it.</summary>
internal static class GroupOutput
{
    private static readonly string[] MemberColumns = ["member", "instance", "client", "host", "state", "assigned"];
    private static readonly string[] PartitionColumns = ["topic", "partition", "committed", "end", "lag", "lagTime", "owner", "leader", "note"];
    private static readonly string[] ShortPartitionColumns = ["topic", "partition", "committed", "end", "lag", "owner", "leader", "note"];

    public static void WriteTable(TextWriter output, GroupDescription group)
    {
        output.WriteLine(string.Join("  ", Headline(group)));
        if (group.Members.Count > 0)
            ListOutput.Write(output, OutputFormat.Table, MemberColumns, group.Members.Select(member => Row(group, member)));
        // What a broker does not tell needs no column.
        var hasTimes = group.Now is not null;
        if (group.Partitions.Count > 0)
            ListOutput.Write(output, OutputFormat.Table, hasTimes ? PartitionColumns : ShortPartitionColumns, group.Partitions.Select(partition => Row(group, partition, hasTimes)));
        output.WriteLine();
    }

    /// <summary>An array of groups, each with its members and partitions. Times are milliseconds since 1970; what is not known is null.</summary>
    public static void WriteJson(TextWriter output, IReadOnlyList<GroupDescription> groups)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartArray();
            foreach (var group in groups) Write(json, group);
            json.WriteEndArray();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    /// <summary><c>orders:0,2 payments:1</c></summary>
    public static string Text(IEnumerable<TopicPartition> partitions) => string.Join(' ', partitions
        .GroupBy(each => each.Topic, StringComparer.Ordinal)
        .Select(topic => $"{topic.Key}:{string.Join(',', topic.Select(each => each.Partition).Order())}"));

    private static IEnumerable<string> Headline(GroupDescription group)
    {
        yield return group.GroupId;
        if (group.Type.Length > 0) yield return $"type={group.Type}";
        yield return $"state={group.State}";
        if (group is { Now: { } now, StateSince: { } since }) yield return $"since={Ages.Text(TimeSpan.FromMilliseconds(now.Value - since.Value))}";
        if (group.Protocol.Length > 0) yield return $"assignor={group.Protocol}";
        if (group.Epoch is > 0 and { } epoch) yield return $"epoch={epoch}";
        yield return $"members={group.Members.Count}";
        yield return $"coordinator={group.Coordinator}";
    }

    private static object?[] Row(GroupDescription group, GroupMemberDescription member) =>
    [
        member.MemberId,
        member.InstanceId,
        member.ClientId,
        member.Host,
        member.State.Length == 0 ? null : member.State + (group is { Now: { } now } && member is { State: not "stable", StateSince: { } since } ? $" for {Ages.Text(TimeSpan.FromMilliseconds(now.Value - since.Value))}" : ""),
        member.Assigned.Count == 0 ? null : Text(member.Assigned),
    ];

    private static object?[] Row(GroupDescription group, GroupPartition partition, bool hasTimes)
    {
        object?[] lag = hasTimes ? [partition.Lag, partition.LagTime is { } age ? Ages.Text(age) : null] : [partition.Lag];
        return
        [
            partition.Partition.Topic,
            partition.Partition.Partition,
            partition.Committed,
            partition.End,
            .. lag,
            Owner(group, partition.OwnerMemberId),
            partition.Leader.Value < 0 ? null : partition.Leader.Value,
            partition.Error == ErrorCode.None ? null : partition.Error.KafkaName(),
        ];
    }

    /// <summary>The member's id, which begins with what its client calls itself.</summary>
    private static string? Owner(GroupDescription group, string? memberId) =>
        memberId is not null && group.Members.FirstOrDefault(member => member.MemberId == memberId) is { InstanceId: { } instance } ? instance : memberId;

    private static void Write(Utf8JsonWriter json, GroupDescription group)
    {
        json.WriteStartObject();
        json.WriteString("group", group.GroupId);
        json.WriteString("type", group.Type);
        json.WriteString("state", group.State);
        Write(json, "stateSinceMs", group.StateSince?.Value);
        Write(json, "nowMs", group.Now?.Value);
        Write(json, "deadlineMs", group.Deadline?.Value);
        json.WriteString("protocolType", group.ProtocolType);
        json.WriteString("assignor", group.Protocol);
        Write(json, "epoch", group.Epoch);
        json.WriteNumber("coordinator", group.Coordinator.Value);
        json.WriteNumber("pendingMembers", group.PendingMembers);
        json.WriteStartArray("members");
        foreach (var member in group.Members) Write(json, member);
        json.WriteEndArray();
        json.WriteStartArray("partitions");
        foreach (var partition in group.Partitions) Write(json, partition);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, GroupMemberDescription member)
    {
        json.WriteStartObject();
        json.WriteString("memberId", member.MemberId);
        json.WriteString("instanceId", member.InstanceId);
        json.WriteString("clientId", member.ClientId);
        json.WriteString("host", member.Host);
        json.WriteBoolean("leader", member.IsLeader);
        json.WriteString("state", member.State.Length == 0 ? null : member.State);
        Write(json, "stateSinceMs", member.StateSince?.Value);
        Write(json, "epoch", member.Epoch);
        Write(json, "lastHeartbeatMs", member.LastHeartbeat?.Value);
        Write(json, "sessionDeadlineMs", member.SessionDeadline?.Value);
        Write(json, "assigned", member.Assigned);
        Write(json, "revoking", member.Revoking);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, GroupPartition partition)
    {
        json.WriteStartObject();
        json.WriteString("topic", partition.Partition.Topic);
        json.WriteNumber("partition", partition.Partition.Partition);
        Write(json, "committed", partition.Committed);
        Write(json, "committedAtMs", partition.CommittedAt?.Value);
        Write(json, "unchangedSinceMs", partition.UnchangedSince?.Value);
        Write(json, "logStart", partition.LogStart);
        Write(json, "lastStable", partition.LastStable);
        Write(json, "end", partition.End);
        Write(json, "lag", partition.Lag);
        if (partition.LagTime is { } age) json.WriteNumber("lagSeconds", age.TotalSeconds);
        else json.WriteNull("lagSeconds");
        json.WriteString("owner", partition.OwnerMemberId);
        Write(json, "leader", partition.Leader.Value < 0 ? null : partition.Leader.Value);
        json.WriteString("error", partition.Error == ErrorCode.None ? null : partition.Error.KafkaName());
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<TopicPartition> partitions)
    {
        json.WriteStartArray(name);
        foreach (var partition in partitions)
        {
            json.WriteStartObject();
            json.WriteString("topic", partition.Topic);
            json.WriteNumber("partition", partition.Partition);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
        else json.WriteNull(name);
    }
}
