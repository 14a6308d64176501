using System.Text;
using StreamActors.Client.Consumer;
using StreamActors.Client.Errors;
using StreamActors.Client.Tests.Support;
using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Records;
using StreamActors.Protocol.Wire;

namespace StreamActors.Client.Tests.Consumer;

public sealed class ConsumerTests
{
    private static readonly TopicPartition T0 = new("t", 0);

    private static void WithConsumer(Func<World, FakeCluster, KafkaConsumer, Task> scenario, ConsumerOptions? options = null, int brokers = 1, int partitions = 1) =>
        World.Run(async world =>
        {
            await using var cluster = await FakeCluster.StartAsync(world.Time, brokers);
            cluster.AddTopic("t", partitions);
            await using var consumer = new KafkaConsumer(cluster.Options with { ApiTimeout = TimeSpan.FromSeconds(10) }, options);
            await scenario(world, cluster, consumer);
        });

    private static void Append(FakeLog log, CompressionCodec codec, params string[] values) => Append(log, codec, producerId: -1, isTransactional: false, values);

    private static void Append(FakeLog log, CompressionCodec codec, long producerId, bool isTransactional, params string[] values)
    {
        using var builder = new RecordBatchBuilder { Codec = codec, IsTransactional = isTransactional };
        foreach (var value in values) builder.Append(new TimestampMs(1000), "k"u8.ToArray(), Encoding.UTF8.GetBytes(value), [new RecordHeader("h", "x"u8.ToArray())]);
        var batch = builder.Build();
        log.Append(batch);
        if (producerId >= 0) Sign(log.Batches[^1], producerId);
    }

    private static void Sign(byte[] batch, long producerId)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(43), producerId);
        RecordBatchStamp.Crc(batch);
    }

    private static string Text(ConsumedRecord record) => Encoding.UTF8.GetString(record.Value!.Value.Span);

    private static async Task<List<ConsumedRecord>> Read(KafkaConsumer consumer, int count)
    {
        var records = new List<ConsumedRecord>();
        for (var i = 0; i < 100 && records.Count < count; i++) records.AddRange(await consumer.PollAsync(TimeSpan.FromSeconds(1)));
        return records;
    }

    [Fact]
    public void Reads_batches_of_every_codec_in_order_from_the_beginning() => WithConsumer(async (_, cluster, consumer) =>
    {
        var codecs = Enum.GetValues<CompressionCodec>();
        foreach (var codec in codecs) Append(cluster.Logs[T0], codec, $"{codec}1", $"{codec}2");
        consumer.Assign(T0, StartPosition.Earliest);

        var records = await Read(consumer, 10);

        Assert.Equal(codecs.SelectMany(c => new[] { $"{c}1", $"{c}2" }), records.Select(Text));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => new Offset(i)), records.Select(r => r.Offset));
        Assert.All(records, r => Assert.Equal(("k", "h", 1000L, new LeaderEpoch(3)),
            (Encoding.UTF8.GetString(r.Key!.Value.Span), r.Headers.ToArray().Single().Name, r.Timestamp.Value, r.LeaderEpoch)));
        Assert.Equal((new Offset(10), new Offset(10)), (consumer.Position(T0), consumer.HighWatermark(T0)));
    });

    [Fact]
    public void Begins_within_a_batch_and_gives_no_more_than_was_asked_at_once() => WithConsumer(
        async (_, cluster, consumer) =>
        {
            Append(cluster.Logs[T0], CompressionCodec.Lz4, [.. Enumerable.Range(0, 10).Select(i => $"v{i}")]);
            consumer.Assign(T0, StartPosition.At(new Offset(4)));

            Assert.Equal(["v4", "v5", "v6", "v7"], (await consumer.PollAsync(TimeSpan.FromSeconds(1))).Select(Text));
            Assert.Equal(new Offset(8), consumer.Position(T0));
            Assert.Equal(["v8", "v9"], (await consumer.PollAsync(TimeSpan.FromSeconds(1))).Select(Text));
            Assert.Equal(new Offset(10), consumer.Position(T0));
        },
        new ConsumerOptions { MaxPollRecords = 4 });

    [Fact]
    public void At_the_end_it_waits_for_what_comes() => WithConsumer(async (world, cluster, consumer) =>
    {
        Append(cluster.Logs[T0], CompressionCodec.None, "old");
        cluster[1].Holds = request => request is FetchRequest;
        consumer.Assign(T0, StartPosition.Latest);
        Assert.Empty(await consumer.PollAsync(TimeSpan.FromMilliseconds(400)));
        cluster[1].Release();
        Append(cluster.Logs[T0], CompressionCodec.None, "new");
        Assert.Equal(["new"], (await Read(consumer, 1)).Select(Text));
    });

    [Fact]
    public void A_seek_makes_the_fetch_under_way_worthless() => WithConsumer(async (world, cluster, consumer) =>
    {
        Append(cluster.Logs[T0], CompressionCodec.None, "a");
        Append(cluster.Logs[T0], CompressionCodec.None, "b");
        consumer.Assign(T0, StartPosition.Earliest);
        await Read(consumer, 2);
        await world.Sleep(10);
        consumer.Seek(T0, StartPosition.At(new Offset(1)));
        Assert.Equal(["b"], (await Read(consumer, 1)).Select(Text));
    });

    [Fact]
    public void An_offset_that_is_gone_is_reset_as_asked() => WithConsumer(
        async (_, cluster, consumer) =>
        {
            Append(cluster.Logs[T0], CompressionCodec.None, "a");
            consumer.Assign(T0, StartPosition.At(new Offset(99)));
            Assert.Equal(["a"], (await Read(consumer, 1)).Select(Text));
        },
        new ConsumerOptions { OffsetReset = OffsetReset.Earliest });

    [Fact]
    public void An_offset_that_is_gone_is_an_error_where_no_reset_is_asked() => WithConsumer(
        async (_, cluster, consumer) =>
        {
            Append(cluster.Logs[T0], CompressionCodec.None, "a");
            consumer.Assign(T0, StartPosition.At(new Offset(99)));
            var error = await Assert.ThrowsAsync<KafkaException>(async () => await consumer.PollAsync(TimeSpan.FromSeconds(1)));
            Assert.Equal(ErrorCode.OffsetOutOfRange, error.Code);
            Assert.Contains("99", error.Message, StringComparison.Ordinal);
        },
        new ConsumerOptions { OffsetReset = OffsetReset.None });

    [Fact]
    public void A_damaged_batch_is_an_error_that_names_its_offset() => WithConsumer(async (_, cluster, consumer) =>
    {
        Append(cluster.Logs[T0], CompressionCodec.None, "a");
        Append(cluster.Logs[T0], CompressionCodec.None, "b");
        cluster.Logs[T0].Batches[1][^1] ^= 1;
        consumer.Assign(T0, StartPosition.At(new Offset(1)));
        var error = await Assert.ThrowsAsync<KafkaException>(async () => await consumer.PollAsync(TimeSpan.FromSeconds(1)));
        Assert.Equal(ErrorCode.CorruptMessage, error.Code);
        Assert.Contains("offset 1", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Read_committed_leaves_out_what_was_aborted_and_all_leave_out_markers() => World.Run(async world =>
    {
        await using var cluster = await FakeCluster.StartAsync(world.Time);
        cluster.AddTopic("t");
        var log = cluster.Logs[T0];
        Append(log, CompressionCodec.None, 7, isTransactional: true, "aborted");
        Append(log, CompressionCodec.None, 8, isTransactional: true, "committed");
        Append(log, CompressionCodec.None, "plain");
        log.Append(ControlRecords.BuildMarker(new EndTransactionMarker(ControlRecordType.Abort, 0), -1, -1, new TimestampMs(0)));
        Sign(log.Batches[^1], 7);
        Append(log, CompressionCodec.None, 7, isTransactional: true, "second try");
        cluster[1].Script = (request, version) =>
        {
            if (request is not FetchRequest { IsolationLevel: 1 }) return null;
            var response = (FetchResponse)FakeHandlers.Answer(cluster, cluster[1], request, version)!;
            response.Responses[0].Partitions[0].AbortedTransactions = [new() { ProducerId = 7, FirstOffset = 0 }];
            return response;
        };

        async Task<IEnumerable<string>> ReadAs(IsolationLevel level, int count)
        {
            await using var consumer = new KafkaConsumer(cluster.Options, new ConsumerOptions { IsolationLevel = level });
            consumer.Assign(T0, StartPosition.Earliest);
            return (await Read(consumer, count)).Select(Text);
        }

        Assert.Equal(["aborted", "committed", "plain", "second try"], await ReadAs(IsolationLevel.ReadUncommitted, 4));
        Assert.Equal(["committed", "plain"], (await ReadAs(IsolationLevel.ReadCommitted, 2)).Take(2));
    });

    [Fact]
    public void Reads_many_partitions_from_their_leaders_and_follows_them() => WithConsumer(
        async (_, cluster, consumer) =>
        {
            for (var p = 0; p < 6; p++) Append(cluster.Logs[new TopicPartition("t", p)], CompressionCodec.None, $"p{p}");
            consumer.Assign((await consumer.PartitionsOfAsync("t")).Select(p => KeyValuePair.Create(p, StartPosition.Earliest)));
            Assert.Equal(["p0", "p1", "p2", "p3", "p4", "p5"], (await Read(consumer, 6)).Select(Text).Order());

            cluster.Topics["t"].Leaders[1] = 3;
            cluster.Topics["t"].LeaderEpoch++;
            Append(cluster.Logs[new TopicPartition("t", 1)], CompressionCodec.None, "moved");
            Assert.Equal(["moved"], (await Read(consumer, 1)).Select(Text));
        },
        brokers: 3, partitions: 6);

    [Fact]
    public void A_missing_topic_or_partition_is_said_after_a_while_and_a_poll_keeps_its_time() => WithConsumer(async (world, _, consumer) =>
    {
        consumer.Assign(new TopicPartition("missing", 0), StartPosition.Earliest);
        var start = world.Time.GetTimestamp();
        Assert.Empty(await consumer.PollAsync(TimeSpan.FromSeconds(1)));
        Assert.InRange(world.Time.GetElapsedTime(start).TotalSeconds, 1, 1.1);
        var error = await Assert.ThrowsAsync<KafkaException>(async () => await consumer.PollAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, error.Code);

        consumer.Assign(new TopicPartition("t", 9), StartPosition.Earliest);
        error = await Assert.ThrowsAsync<KafkaException>(async () => await consumer.PollAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, error.Code);
    });

    [Fact]
    public void Survives_a_broker_that_restarts() => WithConsumer(async (world, cluster, consumer) =>
    {
        Append(cluster.Logs[T0], CompressionCodec.None, "before");
        consumer.Assign(T0, StartPosition.Earliest);
        await Read(consumer, 1);
        await cluster[1].StopAsync();
        Assert.Empty(await consumer.PollAsync(TimeSpan.FromSeconds(3)));
        await cluster[1].RestartAsync();
        Append(cluster.Logs[T0], CompressionCodec.None, "after");
        Assert.Equal(["after"], (await Read(consumer, 1)).Select(Text));
    });
}
