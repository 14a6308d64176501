using System.Text;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Records;
using StreamActors.Protocol.Transport;
using StreamActors.Protocol.Wire;

namespace StreamActors.Gateway.Tests.Apis;

/// <summary>Lag in records and in time, of a real node.</summary>
public sealed class GroupProgressTests(NodeUnderTest node) : IClassFixture<NodeUnderTest>
{
    private static long Now => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    [Fact]
    public async Task Lag_is_told_in_records_and_in_the_age_of_the_first_that_was_not_read()
    {
        using var client = await node.ConnectAsync();
        await NodeUnderTest.CreateTopicAsync(client, "lagging", 3);
        await ProduceAsync(client, "lagging", 0, Now - 6_000_000, Now - 4_000_000, Now - 2_000_000);
        await ProduceAsync(client, "lagging", 1, Now - 6_000_000);
        await CommitAsync(client, "slow", "lagging", (0, 1), (1, 1));

        var response = await AskAsync(client, new DescribeGroupProgressRequest { Groups = ["slow", "nobody"] });
        Assert.InRange(response.NowMs, Now - 100_000, Now + 100_000);
        Assert.Equal([ErrorCode.None, ErrorCode.GroupIdNotFound], response.Groups.Select(group => (ErrorCode)group.ErrorCode));
        Assert.Equal(("Empty", "classic"), (response.Groups[0].State, response.Groups[0].GroupType));
        var partitions = Assert.Single(response.Groups[0].Topics).Partitions;
        Assert.Equal([(0, 1L, 0L, 3L, 3L, 3L, 1), (1, 1L, 0L, 1L, 1L, 1L, 1)], partitions.Select(each => (
            each.PartitionIndex, each.CommittedOffset, each.Log.LogStartOffset, each.Log.LastStableOffset, each.Log.HighWatermark, each.Log.LogEndOffset, each.Log.LeaderId)));
        Assert.InRange(partitions[0].Log.LagMs, 4_000_000, 5_900_000);
        Assert.Equal(0, partitions[1].Log.LagMs);
        Assert.Equal(-1, partitions[0].Log.OpenTransactionId);

        var all = await AskAsync(client, new DescribeGroupProgressRequest { Groups = null });
        Assert.Contains(all.Groups, group => group.GroupId == "slow" && group.Topics[0].Partitions[0].Log.LagMs >= 4_000_000);
    }

    [Fact]
    public async Task A_leader_is_asked_about_any_offset_and_says_what_it_cannot_tell()
    {
        using var client = await node.ConnectAsync();
        await NodeUnderTest.CreateTopicAsync(client, "asked", 2);
        await ProduceAsync(client, "asked", 0, Now - 6_000_000, Now - 4_000_000, Now - 2_000_000);
        await ProduceAsync(client, "asked", 0, -1);
        var request = new DescribeGroupProgressRequest { Groups = [] };
        request.Partitions.Add(new() { TopicName = "asked", Partitions = [.. new[] { -1L, 0, 2, 3, 4, 9 }.Select(offset => new DescribeGroupProgressRequest.PositionInPartition { CommittedOffset = offset })] });
        request.Partitions.Add(new() { TopicName = "asked", Partitions = [new() { PartitionIndex = 7 }] });
        request.Partitions.Add(new() { TopicName = "missing", Partitions = [new()] });

        for (var round = 0; round < 2; round++)
        {
            var response = await AskAsync(client, request);
            Assert.Equal([-1, 6, 2, -1, 0, 0], response.Partitions[0].Partitions.Select(each => each.Log.LagMs < 0 ? -1 : each.Log.LagMs / 1_000_000));
            Assert.Equal(ErrorCode.UnknownTopicOrPartition, (ErrorCode)response.Partitions[1].Partitions[0].Log.ErrorCode);
            Assert.Equal(ErrorCode.UnknownTopicOrPartition, (ErrorCode)response.Partitions[2].Partitions[0].Log.ErrorCode);
        }
    }

    private static Task<DescribeGroupProgressResponse> AskAsync(ITransportConnection client, DescribeGroupProgressRequest request) =>
        NodeUnderTest.AskAsync<DescribeGroupProgressResponse>(client, request, 0);

    /// <summary>A batch of records with these timestamps.</summary>
    internal static async Task ProduceAsync(ITransportConnection client, string topic, int partition, params long[] timestamps)
    {
        using var builder = new RecordBatchBuilder();
        foreach (var timestamp in timestamps) builder.Append(new TimestampMs(timestamp), null, Encoding.UTF8.GetBytes("value"));
        var response = await NodeUnderTest.AskAsync<ProduceResponse>(
            client,
            new ProduceRequest
            {
                Acks = -1,
                TimeoutMs = 100_000,
                TopicData = [new() { Name = topic, PartitionData = [new() { Index = partition, Records = new RecordsData(builder.Build().ToArray()) }] }],
            },
            12);
        Assert.Equal(ErrorCode.None, (ErrorCode)response.Responses[0].PartitionResponses[0].ErrorCode);
    }

    internal static async Task CommitAsync(ITransportConnection client, string group, string topic, params (int Partition, long Offset)[] offsets)
    {
        // The first who asks makes the topic, and may be told to ask again.
        for (var round = 0; round < 1000; round++)
        {
            var found = await NodeUnderTest.AskAsync<FindCoordinatorResponse>(client, new FindCoordinatorRequest { CoordinatorKeys = [group] }, 6);
            if (found.Coordinators[0].ErrorCode == (short)ErrorCode.None) break;
            await Task.Delay(100);
        }

        var response = await NodeUnderTest.AskAsync<OffsetCommitResponse>(
            client,
            new OffsetCommitRequest
            {
                GroupId = group,
                GenerationIdOrMemberEpoch = -1,
                Topics =
                [
                    new()
                    {
                        Name = topic,
                        Partitions = [.. offsets.Select(each => new OffsetCommitRequest.OffsetCommitRequestPartition { PartitionIndex = each.Partition, CommittedOffset = each.Offset, CommittedMetadata = "" })],
                    },
                ],
            },
            9);
        Assert.All(response.Topics[0].Partitions, each => Assert.Equal(ErrorCode.None, (ErrorCode)each.ErrorCode));
    }
}
