using Confluent.Kafka;
using Confluent.Kafka.Admin;
using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Clients.Java;

/// <summary>The broker of Apache Kafka itself, of <c>../shared/kafka</c>, is given our files.</summary>
public sealed class ReferenceBrokerTests
{
    const string Topic = "moved";
    const int Records = 500;

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);

    [SharedFact("kafka")]
    public async Task A_stopped_broker_that_is_given_our_segments_serves_the_same_records()
    {
        var ours = Directory.CreateTempSubdirectory("streamactors-ours-").FullName;
        var theirs = Directory.CreateTempSubdirectory("streamactors-theirs-").FullName;
        try
        {
            var sent = await WithAsync(StartOurs(ours), async bootstrap =>
            {
                await CreateAsync(bootstrap);
                return await ProduceAsync(bootstrap);
            });
            // It knows the topic, and under which id: partition.metadata stays its own.
            var folder = await WithAsync(StartTheirs(theirs), async bootstrap =>
            {
                await CreateAsync(bootstrap);
                return Directory.GetDirectories(theirs, $"{Topic}-0", SearchOption.AllDirectories).Single();
            });
            foreach (var file in Directory.GetFiles(Directory.GetDirectories(ours, $"{Topic}-0", SearchOption.AllDirectories).Single()))
            {
                if (Path.GetExtension(file) is ".log" or ".index" or ".timeindex") File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
            }

            var read = await WithAsync(StartTheirs(theirs), bootstrap => Task.FromResult(Consume(bootstrap)));
            Assert.Equal(sent, read);
        }
        finally
        {
            Directory.Delete(ours, recursive: true);
            Directory.Delete(theirs, recursive: true);
        }
    }

    static (Command Server, string Bootstrap) StartOurs(string data)
    {
        var port = BrokerProcess.FreePort();
        return (Command.Start([BrokerProcess.Binary, "server", "--data", data, "--port", $"{port}"]), $"127.0.0.1:{port}");
    }

    static (Command Server, string Bootstrap) StartTheirs(string data)
    {
        var port = BrokerProcess.FreePort();
        return (Command.Start([Path.Combine(Places.Shared("kafka")!, "kafka"), "server", data, $"{port}"]), $"127.0.0.1:{port}");
    }

    /// <summary>Runs while the server does, and then kills it: what it leaves behind is what a crash leaves.</summary>
    static async Task<T> WithAsync<T>((Command Server, string Bootstrap) started, Func<string, Task<T>> work)
    {
        await using var server = started.Server;
        var result = await work(started.Bootstrap);
        server.KillTree();
        await server.ExitAsync(60);
        return result;
    }

    static async Task CreateAsync(string bootstrap)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrap }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        admin.GetMetadata(Patience);
        await admin.CreateTopicsAsync(
            [new TopicSpecification { Name = Topic, NumPartitions = 1, ReplicationFactor = 1 }],
            new CreateTopicsOptions { RequestTimeout = Patience, OperationTimeout = Patience });
        await Eventually.HoldsAsync(
            () => admin.GetMetadata(Topic, Patience).Topics.Single().Partitions.Any(partition => partition.Leader >= 0), () => $"a leader of {Topic}");
    }

    static async Task<List<string>> ProduceAsync(string bootstrap)
    {
        using var producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = bootstrap, EnableIdempotence = true, CompressionType = CompressionType.Lz4 })
            .SetLogHandler((_, _) => { })
            .Build();
        var sent = new List<string>();
        for (var number = 0; number < Records; number++)
        {
            var message = new Message<string, string> { Key = $"key-{number % 7}", Value = $"value {number} {new string('x', 200)}" };
            var at = await producer.ProduceAsync(Topic, message);
            sent.Add($"{at.Offset.Value} {message.Key} {message.Value}");
        }

        return sent;
    }

    static List<string> Consume(string bootstrap)
    {
        using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = bootstrap, GroupId = "unused", EnableAutoCommit = false, CheckCrcs = true })
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, _) => { })
            .Build();
        consumer.Assign(new TopicPartitionOffset(Topic, 0, Offset.Beginning));
        var read = new List<string>();
        var end = DateTime.UtcNow + Patience;
        while (read.Count < Records && DateTime.UtcNow < end)
        {
            if (consumer.Consume(TimeSpan.FromSeconds(1)) is { } got) read.Add($"{got.Offset.Value} {got.Message.Key} {got.Message.Value}");
        }

        return read;
    }
}
