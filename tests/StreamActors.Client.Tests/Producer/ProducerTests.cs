using StreamActors.Client.Errors;
using StreamActors.Client.Producer;
using StreamActors.Client.Tests.Support;
using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Records;

namespace StreamActors.Client.Tests.Producer;

public sealed class ProducerTests
{
    private static readonly TopicPartition T0 = new("t", 0);

    private static ProducerRecord Record(string value, int? partition = 0) => new("t", null, value) { Partition = partition };

    private static void WithProducer(Func<World, FakeCluster, KafkaProducer, Task> scenario, ProducerOptions? options = null, int brokers = 1, int partitions = 1) =>
        World.Run(async world =>
        {
            await using var cluster = await FakeCluster.StartAsync(world.Time, brokers);
            cluster.AddTopic("t", partitions);
            await using var producer = new KafkaProducer(cluster.Options, options);
            await scenario(world, cluster, producer);
        });

    [Fact]
    public void Records_of_one_linger_travel_in_one_batch_and_learn_their_offsets() => WithProducer(async (world, cluster, producer) =>
    {
        var sends = Enumerable.Range(0, 10).Select(i => producer.SendAsync(Record($"v{i}")).AsTask()).ToArray();
        var start = world.Time.GetUtcNow();
        for (var i = 0; i < 10; i++) Assert.Equal((T0, new Offset(i)), ((await sends[i]).Partition, (await sends[i]).Offset));

        var batch = Assert.Single(cluster.Logs[T0].Batches);
        var header = new RecordBatchHeader(batch);
        Assert.Equal((10, 4711L, (short)0, 0), (header.Count, header.ProducerId, header.ProducerEpoch, header.BaseSequence));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"v{i}"), cluster.Logs[T0].Values());
        Assert.True((await sends[0]).Timestamp.Value >= start.ToUnixTimeMilliseconds());
    });

    [Fact]
    public void A_full_batch_does_not_wait_for_linger() => WithProducer(
        async (world, cluster, producer) =>
        {
            var start = world.Time.GetTimestamp();
            var first = producer.SendAsync(Record(new string('x', 600))).AsTask();
            var second = producer.SendAsync(Record(new string('y', 600))).AsTask();
            await first;
            Assert.True(world.Time.GetElapsedTime(start) < TimeSpan.FromSeconds(1));
            await second;
            Assert.InRange(world.Time.GetElapsedTime(start).TotalSeconds, 10, 10.1);
            Assert.Equal(2, cluster.Logs[T0].Batches.Count);
        },
        new ProducerOptions { BatchSize = 1000, Linger = TimeSpan.FromSeconds(10) });

    [Fact]
    public void Keeps_the_order_and_writes_once_when_answers_are_lost() => WithProducer(
        async (world, cluster, producer) =>
        {
            var lost = 0;
            cluster[1].LosesAnswer = request => request is ProduceRequest && lost++ is 1 or 2 or 4;
            var sends = new List<Task<Task<RecordMetadata>>>();
            for (var i = 0; i < 60; i++)
            {
                sends.Add(producer.EnqueueAsync(Record($"v{i}")).AsTask());
                if (i % 3 == 0) await world.Sleep(2);
            }

            foreach (var send in sends) await await send;

            Assert.Equal(Enumerable.Range(0, 60).Select(i => $"v{i}"), cluster.Logs[T0].Values());
            Assert.True(lost > 5);
            Assert.True(cluster[1].ConnectionCount > 3);
        },
        new ProducerOptions { Linger = TimeSpan.FromMilliseconds(1) });

    [Fact]
    public void Sends_up_to_five_requests_without_waiting_for_an_answer() => WithProducer(
        async (world, cluster, producer) =>
        {
            await producer.SendAsync(Record("first"));
            cluster[1].Holds = request => request is ProduceRequest;
            var sends = Enumerable.Range(0, 8).Select(i => producer.SendAsync(Record($"v{i}")).AsTask()).ToArray();
            await world.Sleep(100);
            // The broker works on the first; the others are in its socket: so look at what came when it goes on.
            Assert.Equal(2, cluster.Sent<ProduceRequest>().Count());
            cluster[1].Release();
            foreach (var send in sends) await send;
            Assert.Equal(["first", .. Enumerable.Range(0, 8).Select(i => $"v{i}")], cluster.Logs[T0].Values());
        },
        new ProducerOptions { BatchSize = 1, Linger = TimeSpan.Zero });

    [Fact]
    public void Follows_the_leader() => WithProducer(
        async (world, cluster, producer) =>
        {
            await producer.SendAsync(Record("before"));
            cluster.Topics["t"].Leaders[0] = 2;
            cluster.Topics["t"].LeaderEpoch++;

            await producer.SendAsync(Record("after"));

            Assert.Equal(["before", "after"], cluster.Logs[T0].Values());
            Assert.Equal([1, 1, 2], cluster.Requests.Where(r => r.Key == ApiKey.Produce).Select(r => r.Broker));
        },
        brokers: 2);

    [Fact]
    public void A_record_too_large_for_the_producer_fails_at_once() => WithProducer(
        async (_, cluster, producer) =>
        {
            var error = await Assert.ThrowsAsync<KafkaException>(async () => await producer.SendAsync(Record(new string('x', 2000))));
            Assert.Equal(ErrorCode.MessageTooLarge, error.Code);
            Assert.Empty(cluster.Sent<ProduceRequest>());
        },
        new ProducerOptions { MaxRequestSize = 1000 });

    [Fact]
    public void A_record_too_large_for_the_broker_fails_once_and_the_next_goes_on_under_a_new_epoch() => WithProducer(async (_, cluster, producer) =>
    {
        cluster.Logs[T0].MaxMessageBytes = 500;
        await producer.SendAsync(Record("small"));
        var large = producer.SendAsync(Record(new string('x', 2000))).AsTask();
        Assert.Equal(ErrorCode.MessageTooLarge, (await Assert.ThrowsAsync<KafkaException>(() => large)).Code);
        await producer.SendAsync(Record("small again"));

        Assert.Equal(["small", "small again"], cluster.Logs[T0].Values());
        Assert.Equal(3, cluster.Sent<ProduceRequest>().Count());
        var last = new RecordBatchHeader(cluster.Logs[T0].Batches[^1]);
        Assert.Equal(((short)1, 0), (last.ProducerEpoch, last.BaseSequence));
    });

    [Fact]
    public void What_follows_a_failed_batch_in_flight_is_written_once_and_in_order() => WithProducer(
        async (_, cluster, producer) =>
        {
            cluster.Logs[T0].MaxMessageBytes = 500;
            var sends = new List<Task<RecordMetadata>>();
            for (var i = 0; i < 12; i++) sends.Add(await producer.EnqueueAsync(Record(i == 4 ? new string('x', 2000) : $"v{i}")));

            for (var i = 0; i < 12; i++)
            {
                if (i == 4) Assert.Equal(ErrorCode.MessageTooLarge, (await Assert.ThrowsAsync<KafkaException>(() => sends[4])).Code);
                else await sends[i];
            }

            Assert.Equal(Enumerable.Range(0, 12).Where(i => i != 4).Select(i => $"v{i}"), cluster.Logs[T0].Values());
        },
        new ProducerOptions { BatchSize = 1, Linger = TimeSpan.Zero });

    [Fact]
    public void Gives_up_at_the_delivery_timeout_and_says_what_went_wrong_last() => WithProducer(
        async (world, cluster, producer) =>
        {
            cluster[1].Script = (request, _) => request is ProduceRequest produce ? Refusal(produce, ErrorCode.NotEnoughReplicas) : null;
            var start = world.Time.GetTimestamp();

            var error = await Assert.ThrowsAsync<KafkaException>(async () => await producer.SendAsync(Record("v")));

            Assert.Equal(ErrorCode.RequestTimedOut, error.Code);
            Assert.Contains("NOT_ENOUGH_REPLICAS", error.Message, StringComparison.Ordinal);
            Assert.InRange(world.Time.GetElapsedTime(start).TotalSeconds, 10, 10.2);
            Assert.InRange(cluster.Sent<ProduceRequest>().Count(), 8, 20);
        },
        new ProducerOptions { DeliveryTimeout = TimeSpan.FromSeconds(10) });

    [Fact]
    public void Gives_up_at_the_delivery_timeout_when_the_broker_is_silent() => WithProducer(
        async (world, cluster, producer) =>
        {
            cluster[1].Holds = request => request is ProduceRequest;
            var start = world.Time.GetTimestamp();
            var error = await Assert.ThrowsAsync<KafkaException>(async () => await producer.SendAsync(Record("v")));
            Assert.Equal(ErrorCode.RequestTimedOut, error.Code);
            Assert.InRange(world.Time.GetElapsedTime(start).TotalSeconds, 10, 10.2);
            cluster[1].Release();
        },
        new ProducerOptions { DeliveryTimeout = TimeSpan.FromSeconds(10) });

    [Fact]
    public void An_error_that_time_does_not_heal_is_not_tried_again() => WithProducer(async (_, cluster, producer) =>
    {
        cluster[1].Script = (request, _) => request is ProduceRequest produce ? Refusal(produce, ErrorCode.TopicAuthorizationFailed) : null;
        var error = await Assert.ThrowsAsync<KafkaException>(async () => await producer.SendAsync(Record("v")));
        Assert.Equal((ErrorCode.TopicAuthorizationFailed, ErrorKind.Authorization), (error.Code, error.Kind));
        Assert.Single(cluster.Sent<ProduceRequest>());
    });

    [Fact]
    public void Waits_for_memory_and_keeps_the_order_of_the_calls() => WithProducer(
        async (world, cluster, producer) =>
        {
            cluster[1].Holds = request => request is ProduceRequest;
            var enqueued = Enumerable.Range(0, 20).Select(i => producer.EnqueueAsync(Record($"{i:00}" + new string('x', 300))).AsTask()).ToArray();
            await world.Sleep(1000);
            Assert.InRange(enqueued.Count(e => e.IsCompleted), 2, 6);

            cluster[1].Release();
            foreach (var each in enqueued) await await each;
            Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i:00}"), cluster.Logs[T0].Values().Select(v => v[..2]));
        },
        new ProducerOptions { BufferMemory = 2000 });

    [Fact]
    public void A_wait_for_memory_can_be_cancelled_and_the_record_is_not_sent_then() => WithProducer(
        async (world, cluster, producer) =>
        {
            cluster[1].Holds = request => request is ProduceRequest;
            var first = await producer.EnqueueAsync(Record(new string('a', 900)));
            using var cancellation = new CancellationTokenSource();
            var second = producer.EnqueueAsync(Record(new string('b', 900)), cancellation.Token).AsTask();
            await world.Sleep(100);
            cancellation.Cancel();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
            cluster[1].Release();
            await first;
            await producer.SendAsync(Record("c"));
            Assert.Equal(["a", "c"], cluster.Logs[T0].Values().Select(v => v[..1]));
        },
        new ProducerOptions { BufferMemory = 1200 });

    [Fact]
    public void Flush_sends_what_lingers() => WithProducer(
        async (world, cluster, producer) =>
        {
            var start = world.Time.GetTimestamp();
            var delivered = await producer.EnqueueAsync(Record("v"));
            await producer.FlushAsync();
            Assert.True(delivered.IsCompletedSuccessfully);
            Assert.True(world.Time.GetElapsedTime(start) < TimeSpan.FromSeconds(1));
        },
        new ProducerOptions { Linger = TimeSpan.FromMinutes(1) });

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void Compresses_and_keeps_keys_headers_and_timestamps(CompressionCodec codec) => WithProducer(
        async (_, cluster, producer) =>
        {
            var record = new ProducerRecord("t", "key", "value") { Headers = [new RecordHeader("h", new byte[] { 1, 2 }), new RecordHeader("h", null)], Timestamp = new TimestampMs(12345) };
            var metadata = await producer.SendAsync(record);

            Assert.Equal(new TimestampMs(12345), metadata.Timestamp);
            var batch = new RecordBatch(Assert.Single(cluster.Logs[T0].Batches));
            Assert.Equal(codec, batch.Header.Codec);
            Assert.True(batch.IsCrcValid);
            Assert.Equal(BatchError.None, batch.Open(int.MaxValue, out var opened));
            using (opened)
            {
                var reader = opened.Read();
                Assert.True(reader.MoveNext());
                Assert.Equal("key"u8.ToArray(), reader.Current.Key!.Value.ToArray());
                Assert.Equal(12345, reader.Current.Timestamp.Value);
                var headers = reader.Current.Headers.ToArray();
                Assert.Equal(["h", "h"], headers.Select(h => h.Name));
                Assert.Null(headers[1].Value);
            }
        },
        new ProducerOptions { Compression = codec });

    [Fact]
    public void Without_acks_it_is_done_when_it_is_sent() => WithProducer(
        async (world, cluster, producer) =>
        {
            var metadata = await producer.SendAsync(Record("v"));
            Assert.Equal(-1, metadata.Offset.Value);
            await world.Until(() => cluster.Logs[T0].Batches.Count == 1);
            Assert.False(new RecordBatchHeader(cluster.Logs[T0].Batches[0]).HasProducerId);
        },
        new ProducerOptions { Acks = Acks.None, EnableIdempotence = false });

    [Fact]
    public void Without_idempotence_retries_still_keep_the_order() => WithProducer(
        async (_, cluster, producer) =>
        {
            var refused = 0;
            cluster[1].Script = (request, _) => request is ProduceRequest produce && refused++ % 3 == 1 ? Refusal(produce, ErrorCode.NotEnoughReplicas) : null;
            var sends = new List<Task<RecordMetadata>>();
            for (var i = 0; i < 10; i++) sends.Add(await producer.EnqueueAsync(Record($"v{i}")));
            foreach (var send in sends) await send;
            Assert.Equal(Enumerable.Range(0, 10).Select(i => $"v{i}"), cluster.Logs[T0].Values());
        },
        new ProducerOptions { BatchSize = 1, Acks = Acks.Leader, EnableIdempotence = false });

    [Fact]
    public void A_topic_or_partition_that_is_not_there_is_said() => WithProducer(async (world, _, producer) =>
    {
        var topic = producer.SendAsync(new ProducerRecord("missing", null, "v")).AsTask();
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await Assert.ThrowsAsync<KafkaException>(() => topic)).Code);
        var partition = producer.SendAsync(Record("v", partition: 7)).AsTask();
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await Assert.ThrowsAsync<KafkaException>(() => partition)).Code);
    });

    [Fact]
    public void Survives_a_broker_that_restarts() => WithProducer(async (world, cluster, producer) =>
    {
        await producer.SendAsync(Record("before"));
        await cluster[1].StopAsync();
        var during = producer.SendAsync(Record("during")).AsTask();
        await world.Sleep(5000);
        Assert.False(during.IsCompleted);
        await cluster[1].RestartAsync();
        await during;
        Assert.Equal(["before", "during"], cluster.Logs[T0].Values());
    });

    [Fact]
    public void The_same_seed_gives_the_same_requests()
    {
        static List<string> Trace()
        {
            var trace = new List<string>();
            WithProducer(
                async (world, cluster, producer) =>
                {
                    var lost = 0;
                    cluster[2].LosesAnswer = request => request is ProduceRequest && lost++ % 4 == 1;
                    var sends = new List<Task<RecordMetadata>>();
                    for (var i = 0; i < 200; i++)
                    {
                        sends.Add(await producer.EnqueueAsync(Record(new string('v', i), partition: null)));
                        if (i % 10 == 0) await world.Sleep(3);
                    }

                    foreach (var send in sends) trace.Add((await send).ToString());
                    trace.AddRange(cluster.Requests.Select(r => $"{r.Broker} {r.Key} {r.Version}"));
                    trace.Add($"{world.Time.GetTimestamp()}");
                },
                brokers: 3, partitions: 6);
            return trace;
        }

        Assert.Equal(Trace(), Trace());
    }

    private static ProduceResponse Refusal(ProduceRequest request, ErrorCode error) => new()
    {
        Responses =
        [
            .. request.TopicData.Select(topic => new ProduceResponse.TopicProduceResponse
            {
                Name = topic.Name,
                TopicId = topic.TopicId,
                PartitionResponses = [.. topic.PartitionData.Select(p => new ProduceResponse.PartitionProduceResponse { Index = p.Index, ErrorCode = (short)error, BaseOffset = -1 })],
            }),
        ],
    };
}
