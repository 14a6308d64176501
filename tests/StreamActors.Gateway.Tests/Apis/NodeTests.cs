using System.Text;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Records;
using StreamActors.Protocol.Transport;
using StreamActors.Protocol.Wire;

namespace StreamActors.Gateway.Tests.Apis;

public sealed class NodeTests(NodeUnderTest node) : IClassFixture<NodeUnderTest>
{
    [Fact]
    public async Task Records_are_produced_and_fetched_in_every_version()
    {
        using var client = await node.ConnectAsync();
        var id = await NodeUnderTest.CreateTopicAsync(client, "all-versions");
        for (short version = 3; version <= 13; version++)
        {
            var answer = await NodeUnderTest.AskAsync<ProduceResponse>(client, Produce("all-versions", id, $"record {version}", version == 5 ? (short)1 : (short)-1), version);
            var partition = answer.Responses[0].PartitionResponses[0];
            Assert.Equal(ErrorCode.None, (ErrorCode)partition.ErrorCode);
            Assert.Equal(version - 3L, partition.BaseOffset);
        }

        for (short version = 4; version <= 18; version++)
        {
            var answer = await NodeUnderTest.AskAsync<FetchResponse>(client, Fetch("all-versions", id, 0, 0), version);
            var partition = answer.Responses[0].Partitions[0];
            Assert.Equal((0, 11L), (partition.ErrorCode, partition.HighWatermark));
            Assert.Equal(11, Count(partition.Records));
        }
    }

    [Fact]
    public async Task Data_folders_are_described_in_every_version()
    {
        using var client = await node.ConnectAsync();
        var id = await NodeUnderTest.CreateTopicAsync(client, "measured", 2);
        await NodeUnderTest.AskAsync<ProduceResponse>(client, Produce("measured", id, "record", -1), 12);
        for (short version = 1; version <= 5; version++)
        {
            var one = Assert.Single((await NodeUnderTest.AskAsync<DescribeLogDirsResponse>(
                client, new DescribeLogDirsRequest { Topics = [new() { Topic = "measured", Partitions = [0, 0, 7] }, new() { Topic = "missing", Partitions = [0] }] }, version)).Results);
            Assert.Equal(ErrorCode.None, (ErrorCode)one.ErrorCode);
            Assert.True(version < 4 ? one.TotalBytes == -1 : one.TotalBytes > one.UsableBytes && one.UsableBytes > 0);
            var partition = Assert.Single(Assert.Single(one.Topics).Partitions);
            Assert.Equal((0, 0L, false), (partition.PartitionIndex, partition.OffsetLag, partition.IsFutureKey));
            Assert.InRange(partition.PartitionSize, 70, 200);

            var all = Assert.Single((await NodeUnderTest.AskAsync<DescribeLogDirsResponse>(client, new DescribeLogDirsRequest { Topics = null }, version)).Results);
            Assert.Contains(all.Topics, topic => topic.Name == "measured");
            Assert.DoesNotContain(all.Topics, topic => topic.Name == "__cluster_metadata");
        }
    }

    [Fact]
    public async Task Moves_to_other_folders_are_begun_or_refused_each_for_itself()
    {
        using var client = await node.ConnectAsync();
        var id = await NodeUnderTest.CreateTopicAsync(client, "moved");
        await NodeUnderTest.AskAsync<ProduceResponse>(client, Produce("moved", id, "record", -1), 12);
        var here = Assert.Single((await NodeUnderTest.AskAsync<DescribeLogDirsResponse>(client, new DescribeLogDirsRequest { Topics = null }, 4)).Results).LogDir;
        for (short version = 1; version <= 2; version++)
        {
            var answer = await NodeUnderTest.AskAsync<AlterReplicaLogDirsResponse>(
                client,
                new AlterReplicaLogDirsRequest
                {
                    Dirs =
                    [
                        new() { Path = here, Topics = [new() { Name = "moved", Partitions = [0, 7] }, new() { Name = "no/name", Partitions = [0] }] },
                        new() { Path = "/nowhere", Topics = [new() { Name = "moved", Partitions = [1] }] },
                    ],
                },
                version);
            Assert.Equal(
                [("moved", 0, ErrorCode.None), ("moved", 7, ErrorCode.UnknownTopicOrPartition), ("moved", 1, ErrorCode.LogDirNotFound), ("no/name", 0, ErrorCode.UnknownTopicOrPartition)],
                answer.Results.SelectMany(topic => topic.Partitions.Select(partition => (topic.TopicName, partition.PartitionIndex, (ErrorCode)partition.ErrorCode))));
        }
    }

    [Fact]
    public async Task A_fetch_waits_for_records_and_answers_when_they_come()
    {
        using var consumer = await node.ConnectAsync();
        using var producer = await node.ConnectAsync();
        var id = await NodeUnderTest.CreateTopicAsync(producer, "long-poll");
        var waiting = NodeUnderTest.AskAsync<FetchResponse>(consumer, Fetch("long-poll", id, 0, 300_000), 17);
        await NodeUnderTest.AskAsync<ProduceResponse>(producer, Produce("long-poll", id, "late", -1), 12);
        var answer = await waiting.WaitAsync(Support.Eventually.Patience);
        Assert.Equal(1, Count(answer.Responses[0].Partitions[0].Records));

        var nothing = await NodeUnderTest.AskAsync<FetchResponse>(consumer, Fetch("long-poll", id, 1, 50), 17);
        Assert.Equal(0, nothing.Responses[0].Partitions[0].Records.Length);
    }

    [Fact]
    public async Task A_produce_without_acks_has_no_answer_and_a_failed_one_closes_the_connection()
    {
        using var client = await node.ConnectAsync();
        var id = await NodeUnderTest.CreateTopicAsync(client, "no-acks");
        using (var frame = RequestFrame.Create(12, 1, "test", Produce("no-acks", id, "fire", 0))) await client.SendAsync(frame.ToArray());
        var fetched = await NodeUnderTest.AskAsync<FetchResponse>(client, Fetch("no-acks", id, 0, 100_000), 17);
        Assert.Equal(1, Count(fetched.Responses[0].Partitions[0].Records));
        using (var frame = RequestFrame.Create(12, 1, "test", Produce("nowhere", Guid.Empty, "fire", 0))) await client.SendAsync(frame.ToArray());
        Assert.True(await Support.Frames.IsClosedByPeerAsync(client));
    }

    [Fact]
    public async Task Wrong_produces_are_refused_each_in_its_own_way()
    {
        using var client = await node.ConnectAsync();
        var id = await NodeUnderTest.CreateTopicAsync(client, "refusals");
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await ErrorOf(Produce("missing", Guid.Empty, "x", -1), 12));
        Assert.Equal(ErrorCode.UnknownTopicId, await ErrorOf(Produce("", Guid.NewGuid(), "x", -1), 13));
        Assert.Equal(ErrorCode.InvalidTopicException, await ErrorOf(Produce("no/name", Guid.Empty, "x", -1), 12));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await ErrorOf(Produce("refusals", id, "x", -1, partition: 7), 12));
        Assert.Equal(ErrorCode.InvalidRequiredAcks, await ErrorOf(Produce("refusals", id, "x", 5), 12));
        Assert.Equal(ErrorCode.MessageTooLarge, await ErrorOf(Produce("refusals", id, new string('x', 1_100_000), -1), 12));
        var damaged = Produce("refusals", id, "x", -1);
        var bytes = damaged.TopicData[0].PartitionData[0].Records.ToArray();
        bytes[^1] ^= 1;
        damaged.TopicData[0].PartitionData[0].Records = new RecordsData(bytes);
        Assert.Equal(ErrorCode.CorruptMessage, await ErrorOf(damaged, 12));

        async Task<ErrorCode> ErrorOf(ProduceRequest request, short version)
        {
            var answer = await NodeUnderTest.AskAsync<ProduceResponse>(client, request, version);
            return (ErrorCode)answer.Responses[0].PartitionResponses[0].ErrorCode;
        }
    }

    [Fact]
    public async Task An_idempotent_producer_gets_an_id_and_its_duplicates_are_answered()
    {
        using var client = await node.ConnectAsync();
        var topic = await NodeUnderTest.CreateTopicAsync(client, "idempotent");
        var first = await NodeUnderTest.AskAsync<InitProducerIdResponse>(client, new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 1000 }, 5);
        var second = await NodeUnderTest.AskAsync<InitProducerIdResponse>(client, new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 1000 }, 0);
        Assert.Equal((0, 0), (first.ErrorCode, second.ErrorCode));
        Assert.NotEqual(first.ProducerId, second.ProducerId);

        Assert.Equal((ErrorCode.None, 0L), await SendAsync(sequence: 0));
        Assert.Equal((ErrorCode.None, 1L), await SendAsync(sequence: 1));
        Assert.Equal((ErrorCode.None, 1L), await SendAsync(sequence: 1)); // again: where it is already
        Assert.Equal((ErrorCode.OutOfOrderSequenceNumber, -1L), await SendAsync(sequence: 5));

        var transactional = await NodeUnderTest.AskAsync<InitProducerIdResponse>(client, new InitProducerIdRequest { TransactionalId = "t", TransactionTimeoutMs = 1000 }, 5);
        Assert.Equal(ErrorCode.UnsupportedVersion, (ErrorCode)transactional.ErrorCode);

        async Task<(ErrorCode, long)> SendAsync(int sequence)
        {
            using var builder = new RecordBatchBuilder { ProducerId = first.ProducerId, ProducerEpoch = 0, BaseSequence = sequence };
            builder.Append(new TimestampMs(1), null, new byte[] { 1 });
            var request = Produce("idempotent", topic, "", -1);
            request.TopicData[0].PartitionData[0].Records = new RecordsData(builder.Build());
            var answer = (await NodeUnderTest.AskAsync<ProduceResponse>(client, request, 12)).Responses[0].PartitionResponses[0];
            return ((ErrorCode)answer.ErrorCode, answer.BaseOffset);
        }
    }

    [Fact]
    public async Task Offsets_are_listed_by_their_special_timestamps_and_by_time()
    {
        using var client = await node.ConnectAsync();
        var id = await NodeUnderTest.CreateTopicAsync(client, "offsets");
        for (var i = 0; i < 3; i++) await NodeUnderTest.AskAsync<ProduceResponse>(client, Produce("offsets", id, $"{i}", -1, timestamp: 1000 + i), 12);
        Assert.Equal((0, 3, 2, 1, -1), (await At(-2), await At(-1), await At(-3), await At(1001), await At(5000)));

        async Task<long> At(long timestamp)
        {
            var answer = await NodeUnderTest.AskAsync<ListOffsetsResponse>(
                client,
                new ListOffsetsRequest { ReplicaId = -1, Topics = [new() { Name = "offsets", Partitions = [new() { Timestamp = timestamp }] }] },
                10);
            Assert.Equal(0, answer.Topics[0].Partitions[0].ErrorCode);
            return answer.Topics[0].Partitions[0].Offset;
        }
    }

    [Fact]
    public async Task Metadata_creates_a_topic_where_the_client_lets_it_and_says_what_is_wrong_elsewhere()
    {
        using var client = await node.ConnectAsync();
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await ErrorOf("auto", allow: false));
        Assert.Equal(ErrorCode.None, await ErrorOf("auto", allow: true));
        Assert.Equal(ErrorCode.None, await ErrorOf("auto", allow: false));
        Assert.Equal(ErrorCode.InvalidTopicException, await ErrorOf("no/name", allow: true));
        var none = await NodeUnderTest.AskAsync<MetadataResponse>(client, new MetadataRequest { Topics = [] }, 13);
        Assert.Empty(none.Topics);
        Assert.Single(none.Brokers);
        var all = await NodeUnderTest.AskAsync<MetadataResponse>(client, new MetadataRequest { Topics = null }, 13);
        Assert.Contains(all.Topics, topic => topic.Name == "auto");

        async Task<ErrorCode> ErrorOf(string name, bool allow)
        {
            var answer = await NodeUnderTest.AskAsync<MetadataResponse>(client, new MetadataRequest { Topics = [new() { Name = name }], AllowAutoTopicCreation = allow }, 12);
            return (ErrorCode)Assert.Single(answer.Topics).ErrorCode;
        }
    }

    [Fact]
    public async Task A_session_tells_only_news()
    {
        using var client = await node.ConnectAsync();
        var id = await NodeUnderTest.CreateTopicAsync(client, "session", 2);
        var request = Fetch("session", id, 0, 0);
        request.SessionEpoch = 0;
        request.Topics[0].Partitions.Add(new() { Partition = 1, PartitionMaxBytes = 1 << 20 });
        var full = await NodeUnderTest.AskAsync<FetchResponse>(client, request, 17);
        Assert.Equal(2, full.Responses.Sum(topic => topic.Partitions.Count));
        Assert.NotEqual(0, full.SessionId);
        await NodeUnderTest.AskAsync<ProduceResponse>(client, Produce("session", id, "x", -1, partition: 1), 12);
        var news = await NodeUnderTest.AskAsync<FetchResponse>(client, new FetchRequest { SessionId = full.SessionId, SessionEpoch = 1, MaxWaitMs = 0 }, 17);
        Assert.Equal(1, Assert.Single(Assert.Single(news.Responses).Partitions).PartitionIndex);
    }

    [Fact]
    public async Task A_group_joins_commits_and_finds_its_offsets_by_name_and_by_id()
    {
        using var client = await node.ConnectAsync();
        var topic = await NodeUnderTest.CreateTopicAsync(client, "grouped");
        var found = await NodeUnderTest.AskAsync<FindCoordinatorResponse>(client, new FindCoordinatorRequest { CoordinatorKeys = ["g"] }, 6);
        Assert.Equal((0, 1), (found.Coordinators[0].ErrorCode, found.Coordinators[0].NodeId));
        var join = new JoinGroupRequest
        {
            GroupId = "g",
            SessionTimeoutMs = 100_000,
            RebalanceTimeoutMs = 100_000,
            ProtocolType = "consumer",
            Protocols = [new() { Name = "range", Metadata = new byte[] { 0, 1 } }],
        };
        var named = await NodeUnderTest.AskAsync<JoinGroupResponse>(client, join, 9);
        Assert.Equal(ErrorCode.MemberIdRequired, (ErrorCode)named.ErrorCode);
        join.MemberId = named.MemberId;
        var joined = await NodeUnderTest.AskAsync<JoinGroupResponse>(client, join, 9);
        Assert.Equal((0, named.MemberId), (joined.ErrorCode, joined.Leader));
        var synced = await NodeUnderTest.AskAsync<SyncGroupResponse>(
            client,
            new SyncGroupRequest { GroupId = "g", GenerationId = joined.GenerationId, MemberId = join.MemberId, Assignments = [new() { MemberId = join.MemberId, Assignment = new byte[] { 7 } }] },
            5);
        Assert.Equal([7], synced.Assignment.ToArray());
        var committed = await NodeUnderTest.AskAsync<OffsetCommitResponse>(
            client,
            new OffsetCommitRequest
            {
                GroupId = "g",
                GenerationIdOrMemberEpoch = joined.GenerationId,
                MemberId = join.MemberId,
                Topics = [new() { TopicId = topic, Partitions = [new() { CommittedOffset = 5, CommittedMetadata = "" }] }],
            },
            10);
        Assert.Equal((topic, (short)0), (committed.Topics[0].TopicId, committed.Topics[0].Partitions[0].ErrorCode));
        var byName = await NodeUnderTest.AskAsync<OffsetFetchResponse>(client, new OffsetFetchRequest { GroupId = "g", Topics = [new() { Name = "grouped", PartitionIndexes = [0] }] }, 5);
        Assert.Equal(5, byName.Topics[0].Partitions[0].CommittedOffset);
        var byId = await NodeUnderTest.AskAsync<OffsetFetchResponse>(
            client, new OffsetFetchRequest { Groups = [new() { GroupId = "g", Topics = [new() { TopicId = topic, PartitionIndexes = [0] }] }] }, 10);
        Assert.Equal((topic, 5L), (byId.Groups[0].Topics[0].TopicId, byId.Groups[0].Topics[0].Partitions[0].CommittedOffset));
    }

    [Fact]
    public async Task Topics_are_described_in_pages()
    {
        using var client = await node.ConnectAsync();
        await NodeUnderTest.CreateTopicAsync(client, "page-a", 3);
        await NodeUnderTest.CreateTopicAsync(client, "page-b", 2);
        var request = new DescribeTopicPartitionsRequest { Topics = [new() { Name = "page-a" }, new() { Name = "page-b" }], ResponsePartitionLimit = 2 };
        var seen = new List<(string?, int)>();
        for (var round = 0; round < 4; round++)
        {
            var answer = await NodeUnderTest.AskAsync<DescribeTopicPartitionsResponse>(client, request, 0);
            seen.AddRange(answer.Topics.SelectMany(topic => topic.Partitions.Select(partition => (topic.Name, partition.PartitionIndex))));
            if (answer.NextCursor is not { } next) break;
            request.Cursor = new() { TopicName = next.TopicName, PartitionIndex = next.PartitionIndex };
        }

        Assert.Equal([("page-a", 0), ("page-a", 1), ("page-a", 2), ("page-b", 0), ("page-b", 1)], seen);
    }

    internal static ProduceRequest Produce(string topic, Guid id, string value, short acks, int partition = 0, long timestamp = 1)
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(new TimestampMs(timestamp), null, Encoding.UTF8.GetBytes(value));
        return new ProduceRequest
        {
            Acks = acks,
            TimeoutMs = 100_000,
            TopicData = [new() { Name = topic, TopicId = id, PartitionData = [new() { Index = partition, Records = new RecordsData(builder.Build().ToArray()) }] }],
        };
    }

    internal static FetchRequest Fetch(string topic, Guid id, long offset, int maxWaitMs, int partition = 0) => new()
    {
        MaxWaitMs = maxWaitMs,
        MinBytes = 1,
        Topics = [new() { Topic = topic, TopicId = id, Partitions = [new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = 1 << 20 }] }],
    };

    private static int Count(RecordsData records)
    {
        var reader = new RecordBatchReader(records.ToArray());
        var count = 0;
        while (reader.MoveNext()) count += reader.Current.Header.Count;
        return count;
    }
}
