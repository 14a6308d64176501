using System.Text;
using StreamActors.Client.Admin;
using StreamActors.Client.Consumer;
using StreamActors.Client.Errors;
using StreamActors.Client.Producer;
using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;

namespace StreamActors.Client.Tests.Kafka;

/// <summary>The same client against the reference implementation, over sockets and on the thread pool.</summary>
public sealed class KafkaTests(KafkaServer kafka) : IClassFixture<KafkaServer>
{
    private static int topics;

    private async Task<string> NewTopic(int partitions = 1, params (string Name, string Value)[] configs)
    {
        var name = $"topic-{Interlocked.Increment(ref topics)}";
        await using var admin = new KafkaAdmin(kafka.Options);
        await admin.CreateTopicAsync(new NewTopic(name, partitions, 1) { Configs = configs.ToDictionary(c => c.Name, c => c.Value) });
        return name;
    }

    private static async Task<List<ConsumedRecord>> Read(KafkaConsumer consumer, int count)
    {
        var records = new List<ConsumedRecord>();
        for (var i = 0; i < 100 && records.Count < count; i++) records.AddRange(await consumer.PollAsync(TimeSpan.FromSeconds(1)));
        return records;
    }

    [KafkaFact]
    public async Task Produces_with_every_codec_and_reads_the_same_back_in_order()
    {
        var topic = await NewTopic(partitions: 3);
        var sent = new List<(string Key, string Value)>();
        foreach (var codec in Enum.GetValues<CompressionCodec>())
        {
            await using var producer = new KafkaProducer(kafka.Options, new ProducerOptions { Compression = codec });
            var deliveries = new List<Task<RecordMetadata>>();
            for (var i = 0; i < 2000; i++)
            {
                sent.Add(($"k{i % 17}", $"{codec} {i} {new string('v', i % 50)}"));
                deliveries.Add(await producer.EnqueueAsync(new ProducerRecord(topic, sent[^1].Key, sent[^1].Value) { Headers = [new RecordHeader("codec", Encoding.UTF8.GetBytes($"{codec}"))] }));
            }

            foreach (var delivery in deliveries) Assert.True((await delivery).Offset.Value >= 0);
        }

        await using var consumer = new KafkaConsumer(kafka.Options);
        consumer.Assign((await consumer.PartitionsOfAsync(topic)).Select(p => KeyValuePair.Create(p, StartPosition.Earliest)));
        var got = (await Read(consumer, sent.Count)).Select(r => (Key: Encoding.UTF8.GetString(r.Key!.Value.Span), Value: Encoding.UTF8.GetString(r.Value!.Value.Span), r)).ToList();

        Assert.Equal(sent.Count, got.Count);
        foreach (var key in sent.Select(s => s.Key).Distinct())
            Assert.Equal(sent.Where(s => s.Key == key).Select(s => s.Value), got.Where(g => g.Key == key).Select(g => g.Value));
        Assert.All(got, g => Assert.StartsWith(Encoding.UTF8.GetString(g.r.Headers.ToArray().Single().Value!.Value.Span), g.Value, StringComparison.Ordinal));
        Assert.All(got, g => Assert.Equal(Murmur2.Partition(g.r.Key!.Value.Span, 3), g.r.Partition.Partition));
    }

    [KafkaFact]
    public async Task A_record_that_the_topic_does_not_take_fails_and_the_next_are_written()
    {
        var topic = await NewTopic(1, ("max.message.bytes", "1000"));
        await using var producer = new KafkaProducer(kafka.Options, new ProducerOptions { BatchSize = 500 });
        var deliveries = new List<Task<RecordMetadata>>();
        for (var i = 0; i < 6; i++) deliveries.Add(await producer.EnqueueAsync(new ProducerRecord(topic, null, i == 2 ? new string('x', 3000) : $"v{i}")));

        Assert.Equal(ErrorCode.MessageTooLarge, (await Assert.ThrowsAsync<KafkaException>(() => deliveries[2])).Code);
        foreach (var i in new[] { 0, 1, 3, 4, 5 }) await deliveries[i];
        await using var consumer = new KafkaConsumer(kafka.Options);
        consumer.Assign(new TopicPartition(topic, 0), StartPosition.Earliest);
        Assert.Equal(["v0", "v1", "v3", "v4", "v5"], (await Read(consumer, 5)).Select(r => Encoding.UTF8.GetString(r.Value!.Value.Span)));
    }

    [KafkaFact]
    public async Task Administers_topics()
    {
        await using var admin = new KafkaAdmin(kafka.Options);
        var created = await admin.CreateTopicAsync(new NewTopic("administered", 2, 1) { Configs = new Dictionary<string, string> { ["retention.ms"] = "5000" } });
        Assert.Equal((2, 1), (created.Partitions, created.ReplicationFactor));
        Assert.False(created.TopicId.IsZero);

        await admin.CreatePartitionsAsync("administered", 4);
        var topic = await KafkaServer.Eventually(async () => await admin.DescribeTopicAsync("administered"), t => t.Partitions.Length == 4);
        Assert.Equal(4, topic.Partitions.Length);
        Assert.Contains("administered", (await admin.ListTopicsAsync()).Select(t => t.Name));

        await admin.AlterConfigsAsync(ConfigResource.Topic("administered"), [ConfigChange.Delete("retention.ms"), ConfigChange.Set("cleanup.policy", "compact")]);
        var configs = await KafkaServer.Eventually(
            async () => (await admin.DescribeConfigsAsync(ConfigResource.Topic("administered"))).ToDictionary(c => c.Name),
            c => c["cleanup.policy"].Value == "compact");
        Assert.Equal(("604800000", ConfigSource.Default), (configs["retention.ms"].Value, configs["retention.ms"].Source));
        Assert.Equal(("compact", ConfigSource.DynamicTopic), (configs["cleanup.policy"].Value, configs["cleanup.policy"].Source));

        var cluster = await admin.DescribeClusterAsync();
        Assert.NotNull(cluster.ClusterId);
        Assert.Single(cluster.Brokers);

        await admin.DeleteTopicAsync("administered");
        var names = await KafkaServer.Eventually(async () => (await admin.ListTopicsAsync()).Select(t => t.Name), all => !all.Contains("administered"));
        Assert.DoesNotContain("administered", names);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await Assert.ThrowsAsync<KafkaException>(async () => await admin.DescribeTopicAsync("administered"))).Code);
    }

    [KafkaFact]
    public async Task Says_Kafkas_errors()
    {
        var topic = await NewTopic();
        await using var admin = new KafkaAdmin(kafka.Options);
        async Task<ErrorCode> ErrorOf(Func<ValueTask> call) => (await Assert.ThrowsAsync<KafkaException>(async () => await call())).Code;

        Assert.Equal(ErrorCode.TopicAlreadyExists, await ErrorOf(async () => await admin.CreateTopicAsync(new NewTopic(topic, 1, 1))));
        Assert.Equal(ErrorCode.InvalidTopicException, await ErrorOf(async () => await admin.CreateTopicAsync(new NewTopic("no good/name", 1, 1))));
        Assert.Equal(ErrorCode.InvalidReplicationFactor, await ErrorOf(async () => await admin.CreateTopicAsync(new NewTopic("too-many", 1, 9))));
        Assert.Equal(ErrorCode.InvalidConfig, await ErrorOf(() => admin.AlterConfigsAsync(ConfigResource.Topic(topic), [ConfigChange.Set("no.such.setting", "1")])));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await ErrorOf(() => admin.DeleteTopicAsync("missing")));

        var impatient = kafka.Options with { ApiTimeout = TimeSpan.FromSeconds(3) };
        await using var producer = new KafkaProducer(impatient);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await ErrorOf(async () => await producer.SendAsync(new ProducerRecord("missing", null, "v"))));
    }

    [KafkaFact]
    public async Task Finds_offsets_by_time_and_keeps_those_of_a_group()
    {
        var topic = await NewTopic();
        var partition = new TopicPartition(topic, 0);
        await using (var producer = new KafkaProducer(kafka.Options))
        {
            for (var i = 0; i < 5; i++) await producer.SendAsync(new ProducerRecord(topic, null, $"v{i}") { Timestamp = new TimestampMs(1000 * (i + 1)) });
        }

        await using var admin = new KafkaAdmin(kafka.Options);
        async Task<ListedOffset> At(OffsetSpec spec) => (await admin.ListOffsetsAsync(new Dictionary<TopicPartition, OffsetSpec> { [partition] = spec }))[partition];
        Assert.Equal(0, (await At(OffsetSpec.Earliest)).Offset.Value);
        Assert.Equal(5, (await At(OffsetSpec.Latest)).Offset.Value);
        Assert.Equal((2L, 3000L), ((await At(OffsetSpec.AtTime(new TimestampMs(2500)))).Offset.Value, (await At(OffsetSpec.AtTime(new TimestampMs(2500)))).Timestamp.Value));
        Assert.Equal(4, (await At(OffsetSpec.MaxTimestamp)).Offset.Value);

        await using var consumer = new KafkaConsumer(kafka.Options);
        consumer.Assign(partition, StartPosition.AtTime(new TimestampMs(3500)));
        Assert.Equal(["v3", "v4"], (await Read(consumer, 2)).Select(r => Encoding.UTF8.GetString(r.Value!.Value.Span)));

        var patient = kafka.Options with { ApiTimeout = TimeSpan.FromSeconds(100) };
        await using var groups = new KafkaAdmin(patient);
        var committed = new CommittedOffset(new Offset(3), new LeaderEpoch(0), "note");
        await groups.CommitGroupOffsetsAsync("readers", new Dictionary<TopicPartition, CommittedOffset> { [partition] = committed });
        Assert.Equal(committed, (await groups.FetchGroupOffsetsAsync("readers"))[partition]);
        Assert.Empty(await groups.FetchGroupOffsetsAsync("others", [partition]));
    }
}
