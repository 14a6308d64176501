using StreamActors.Client.Errors;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using Response = StreamActors.Protocol.Messages.DescribeGroupProgressResponse;

namespace StreamActors.Client.Admin;

/// <summary>Describes a group by DescribeGroupProgress, which only our own brokers have: the coordinator first, then the leaders that it names.</summary>
internal sealed class GroupProgressReader(ClientCore core)
{
    public async Task<GroupDescription> DescribeAsync(GroupCoordinator coordinator, string groupId)
    {
        var response = await coordinator.Connection.SendAsync<Response>(new DescribeGroupProgressRequest { Groups = [groupId] });
        KafkaException.ThrowIfError(response.ErrorCode, $"Group '{groupId}'");
        var group = response.Groups.Single();
        KafkaException.ThrowIfError(group.ErrorCode, $"Group '{groupId}'", group.ErrorMessage);
        await AskLeadersAsync(group);
        return new GroupDescription(groupId, coordinator.Broker)
        {
            Type = group.GroupType,
            State = group.State,
            Now = new TimestampMs(response.NowMs),
            StateSince = Time(group.StateSinceMs),
            ProtocolType = group.ProtocolType,
            Protocol = group.ProtocolName,
            Epoch = group.Epoch,
            Deadline = Time(group.DeadlineMs),
            PendingMembers = group.PendingMembers,
            Members = group.Members.ConvertAll(Member),
            Partitions = [.. group.Topics.SelectMany(topic => topic.Partitions.Select(partition => Partition(topic.TopicName, partition)))],
        };
    }

    /// <summary>How far partitions of one leader have come, seen from offsets in them.</summary>
    public async Task<IReadOnlyList<GroupPartition>> DescribePartitionsAsync(BrokerId leader, IReadOnlyDictionary<TopicPartition, Offset> positions) =>
    [
        .. (await AskLeaderAsync(leader, positions.Select(each => (each.Key, each.Value.Value)))).Select(each => Partition(
            each.Key.Topic, new Response.PartitionProgress { PartitionIndex = each.Key.Partition, CommittedOffset = positions[each.Key].Value, Log = each.Value })),
    ];

    /// <summary>A leader that cannot be asked leaves its partitions as the coordinator told of them.</summary>
    private async Task AskLeadersAsync(Response.GroupProgress group)
    {
        var elsewhere = group.Topics
            .SelectMany(topic => topic.Partitions.Select(partition => (Topic: topic.TopicName, Partition: partition)))
            .Where(each => each.Partition.Log is { ErrorCode: (short)ErrorCode.NotLeaderOrFollower, LeaderId: >= 0 })
            .GroupBy(each => each.Partition.Log.LeaderId);
        foreach (var leader in elsewhere)
        {
            try
            {
                var logs = await AskLeaderAsync(
                    new BrokerId(leader.Key), leader.Select(each => (new TopicPartition(each.Topic, each.Partition.PartitionIndex), each.Partition.CommittedOffset)));
                foreach (var (topic, partition) in leader) partition.Log = logs.GetValueOrDefault(new TopicPartition(topic, partition.PartitionIndex), partition.Log);
            }
            catch (KafkaException e)
            {
                foreach (var (_, partition) in leader) partition.Log.ErrorCode = (short)e.Code;
            }
        }
    }

    private async Task<Dictionary<TopicPartition, Response.LogProgress>> AskLeaderAsync(BrokerId leader, IEnumerable<(TopicPartition Partition, long Committed)> positions)
    {
        var request = new DescribeGroupProgressRequest { Groups = [] };
        foreach (var topic in positions.GroupBy(each => each.Partition.Topic, StringComparer.Ordinal))
        {
            request.Partitions.Add(new()
            {
                TopicName = topic.Key,
                Partitions = [.. topic.Select(each => new DescribeGroupProgressRequest.PositionInPartition
                {
                    PartitionIndex = each.Partition.Partition, CommittedOffset = each.Committed,
                })],
            });
        }

        var connection = await core.BrokerAsync(leader);
        return (await connection.SendAsync<Response>(request)).Partitions
            .SelectMany(topic => topic.Partitions.Select(each => KeyValuePair.Create(new TopicPartition(topic.TopicName, each.PartitionIndex), each.Log))).ToDictionary();
    }

    private static GroupMemberDescription Member(Response.MemberProgress member) =>
        new(member.MemberId, member.InstanceId, member.ClientId, member.ClientHost)
        {
            IsLeader = member.IsLeader,
            State = member.State,
            StateSince = Time(member.StateSinceMs),
            Epoch = member.Epoch,
            LastHeartbeat = Time(member.LastHeartbeatMs),
            SessionDeadline = Time(member.SessionDeadlineMs),
            SessionTimeoutMs = member.SessionTimeoutMs,
            RebalanceTimeoutMs = member.RebalanceTimeoutMs,
            Assigned = Partitions(member.Assigned),
            Revoking = Partitions(member.Revoking),
        };

    private static GroupPartition Partition(string topic, Response.PartitionProgress partition)
    {
        var log = partition.Log;
        return new GroupPartition(new TopicPartition(topic, partition.PartitionIndex))
        {
            Committed = Known(partition.CommittedOffset),
            CommittedAt = Time(partition.CommittedAtMs),
            UnchangedSince = Time(partition.UnchangedSinceMs),
            OwnerMemberId = partition.OwnerMemberId,
            Error = (ErrorCode)log.ErrorCode,
            Leader = new BrokerId(log.LeaderId),
            LogStart = Known(log.LogStartOffset),
            LastStable = Known(log.LastStableOffset),
            End = Known(log.HighWatermark),
            LogEnd = Known(log.LogEndOffset),
            LagTime = log.LagMs < 0 ? null : TimeSpan.FromMilliseconds(log.LagMs),
            OpenTransaction = log.OpenTransactionId < 0 ? null : (log.OpenTransactionId, new TimestampMs(log.OpenTransactionAtMs)),
        };
    }

    private static List<TopicPartition> Partitions(List<Response.TopicPartitions> topics) =>
        [.. topics.SelectMany(topic => topic.Partitions.Select(partition => new TopicPartition(topic.TopicName, partition)))];

    private static long? Known(long value) => value < 0 ? null : value;

    private static TimestampMs? Time(long ms) => ms < 0 ? null : new TimestampMs(ms);
}
