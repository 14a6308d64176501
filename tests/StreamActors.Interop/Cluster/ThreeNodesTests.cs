using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamActors.Interop.Harness;
using Xunit.Abstractions;

namespace StreamActors.Interop.Cluster;

/// <summary>
/// Three real processes on loopback: topics of one replica are spread over all of them, clients are sent to the right one,
/// and each node in turn is stopped for four seconds, and killed and started again. What was acknowledged is there at the end.
/// </summary>
public sealed class ThreeNodesTests(ITestOutputHelper output) : IAsyncLifetime
{
    const int Partitions = 6;
    static readonly TimeSpan Pause = TimeSpan.FromSeconds(4);

    readonly string _data = Directory.CreateTempSubdirectory("streamactors-three-").FullName;
    readonly List<NodeProcess> _nodes = [];
    readonly List<string> _acknowledged = [];

    public Task InitializeAsync()
    {
        _nodes.AddRange(NodeProcess.Three(_data));
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        foreach (var node in Enumerable.Reverse(_nodes))
        {
            output.WriteLine(node.Told);
            await node.DisposeAsync();
        }

        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task Each_node_is_stopped_and_killed_in_turn_and_nothing_acknowledged_is_lost()
    {
        foreach (var node in _nodes) node.Start();
        await Eventually.HoldsAsync(() => Brokers().Count == 3, Told);
        using (var admin = Admin(_nodes[1]))
            await admin.CreateTopicsAsync([new TopicSpecification { Name = "spread", NumPartitions = Partitions, ReplicationFactor = 1 }]);
        await Eventually.HoldsAsync(() => Leaders().Count(leader => leader >= 0) == Partitions, Told);
        Assert.Equal([2, 2, 2], Leaders().GroupBy(leader => leader).Select(group => group.Count()));
        await ProduceToAllAsync("before");

        foreach (var node in _nodes)
        {
            await StopForAWhileAsync(node);
            await ProduceToAllAsync($"after the stop of {node.Id}");
            await node.KillAsync();
            node.Start();
            await ProduceToAllAsync($"after the kill of {node.Id}");
        }

        Assert.Equal(_acknowledged.Order(StringComparer.Ordinal), ReadAll().Order(StringComparer.Ordinal));
        Assert.All(_nodes, node => Assert.False(node.HasExited, node.Told));
    }

    /// <summary>The others go on meanwhile; without the controller they refuse changes, and say so.</summary>
    async Task StopForAWhileAsync(NodeProcess node)
    {
        var leaders = Leaders();
        var other = _nodes.First(each => each.Id != node.Id);
        node.Pause();
        var over = Task.Delay(Pause);
        for (var partition = 0; partition < Partitions; partition++)
        {
            if (leaders[partition] != node.Id) await ProduceAsync(other, partition, $"during the stop of {node.Id}");
        }

        if (node.Id == 1)
        {
            using var admin = Admin(other);
            var refused = await Assert.ThrowsAnyAsync<KafkaException>(() => admin.CreateTopicsAsync(
                [new TopicSpecification { Name = "later", NumPartitions = 1, ReplicationFactor = 1 }],
                new CreateTopicsOptions { RequestTimeout = TimeSpan.FromSeconds(10), OperationTimeout = TimeSpan.FromSeconds(3) }));
            output.WriteLine($"While the controller is stopped a change is refused: {refused.Error}");
        }

        await over;
        node.Continue();
    }

    async Task ProduceToAllAsync(string what)
    {
        for (var partition = 0; partition < Partitions; partition++) await ProduceAsync(_nodes[partition % 3], partition, what);
    }

    async Task ProduceAsync(NodeProcess bootstrap, int partition, string what)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig
        {
            BootstrapServers = string.Join(',', _nodes.Select(node => node.Address).Prepend(bootstrap.Address)),
            MessageTimeoutMs = 120_000,
            EnableIdempotence = false,
            TopicMetadataRefreshIntervalMs = 1000,
            RetryBackoffMs = 100,
        }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        var value = $"{what}, to {partition}, {Guid.NewGuid()}";
        try
        {
            await producer.ProduceAsync(new TopicPartition("spread", partition), new Message<Null, string> { Value = value });
        }
        catch (ProduceException<Null, string> refused)
        {
            Assert.Fail($"{value}: {refused.Error}\n{Told()}");
        }

        _acknowledged.Add(value);
    }

    List<string> ReadAll()
    {
        using var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig
        {
            BootstrapServers = _nodes[2].Address,
            GroupId = "reader",
            EnablePartitionEof = true,
            EnableAutoCommit = false,
        }).SetLogHandler((_, _) => { }).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(partition => new TopicPartitionOffset("spread", partition, Offset.Beginning)));
        var values = new List<string>();
        for (var ends = 0; ends < Partitions;)
        {
            var read = consumer.Consume(TimeSpan.FromSeconds(100)) ?? throw new TimeoutException(Told());
            if (read.IsPartitionEOF) ends++;
            else values.Add(read.Message.Value);
        }

        return values;
    }

    List<int> Brokers() => Ask(metadata => metadata.Brokers.Select(broker => broker.BrokerId).ToList(), null) ?? [];

    List<int> Leaders() => Ask(metadata => metadata.Topics[0].Partitions.OrderBy(partition => partition.PartitionId).Select(partition => partition.Leader).ToList(), "spread") ?? [];

    T? Ask<T>(Func<Confluent.Kafka.Metadata, T> question, string? topic)
        where T : class
    {
        try
        {
            using var admin = Admin(_nodes[1]);
            return question(topic is null ? admin.GetMetadata(TimeSpan.FromSeconds(20)) : admin.GetMetadata(topic, TimeSpan.FromSeconds(20)));
        }
        catch (KafkaException)
        {
            return null;
        }
    }

    string Told() => string.Join('\n', _nodes.Select(node => node.Told));

    static IAdminClient Admin(NodeProcess node) => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = node.Address })
        .SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
}
