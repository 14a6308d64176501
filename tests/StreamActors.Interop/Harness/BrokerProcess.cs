using System.Net;
using System.Net.Sockets;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace StreamActors.Interop.Harness;

/// <summary>
/// The published broker as a process of its own, with an empty data folder on a free port, for the tests of one class.
/// <c>STREAMACTORS_BINARY</c> names another binary than the one of <c>./build</c>; <c>STREAMACTORS_INTEROP_BOOTSTRAP</c> a broker that
/// already runs (any with <c>auto.create.topics.enable=false</c>), so that the tests themselves can be tried on another implementation.
/// </summary>
public sealed class BrokerProcess : IAsyncLifetime
{
    static readonly SemaphoreSlim Building = new(1);
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);

    readonly string _data = Directory.CreateTempSubdirectory("streamactors-interop-").FullName;
    Command? _server;
    IAdminClient? _admin;

    public string Bootstrap { get; private set; } = Environment.GetEnvironmentVariable("STREAMACTORS_INTEROP_BOOTSTRAP") ?? "";

    internal static string Binary =>
        Environment.GetEnvironmentVariable("STREAMACTORS_BINARY") ?? Path.Combine(Places.Artifacts, "streamactors", "streamactors");

    IAdminClient Admin => _admin ?? throw new InvalidOperationException("The broker has not been started.");

    public async Task InitializeAsync()
    {
        if (Bootstrap == "")
            await StartAsync();
        _admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Bootstrap })
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, _) => { })
            .Build();
        // The port is taken before the broker serves; on a busy machine there can be seconds between.
        await Task.Run(() => Admin.GetMetadata(Patience));
    }

    public async Task DisposeAsync()
    {
        _admin?.Dispose();
        try
        {
            if (_server is not null)
                await StopAsync(_server);
        }
        finally
        {
            Directory.Delete(_data, recursive: true);
        }
    }

    internal async Task CreateTopicAsync(string topic, int partitions, IReadOnlyDictionary<string, string>? settings = null)
    {
        var configs = settings?.ToDictionary(s => s.Key, s => s.Value);
        await Admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = 1, Configs = configs }]);
        await IsServedAsync(topic);
    }

    /// <summary>Kafka answers the creation of a topic before all its parts know of it; clients differ in how they take that.</summary>
    internal Task IsServedAsync(string topic)
    {
        var told = "";
        return Eventually.HoldsAsync(() => HasLeaders(topic, out told), () => $"leaders of {topic}: {told}");
    }

    /// <summary>How many records the partitions of a topic hold together, as far as their offsets tell.</summary>
    internal long CountByOffsets(string topic)
    {
        using var consumer = new ConsumerBuilder<Ignore, Ignore>(new ConsumerConfig { BootstrapServers = Bootstrap, GroupId = "unused" }).Build();
        var partitions = Admin.GetMetadata(topic, Patience).Topics[0].Partitions;
        return partitions
            .Select(p => consumer.QueryWatermarkOffsets(new TopicPartition(topic, p.PartitionId), Patience))
            .Sum(w => w.High.Value - w.Low.Value);
    }

    bool HasLeaders(string topic, out string told)
    {
        var metadata = Admin.GetMetadata(topic, Patience).Topics.Single();
        told = metadata.ToString();
        return metadata.Error.Code == Confluent.Kafka.ErrorCode.NoError && metadata.Partitions.Count > 0 && metadata.Partitions.All(p => p.Leader >= 0);
    }

    async Task StartAsync()
    {
        await BuildOnceAsync();
        // A port that was free when it was looked for may be taken when the broker wants it: then another one.
        for (var tries = 1; ; tries++)
        {
            var port = FreePort();
            Bootstrap = $"127.0.0.1:{port}";
            var server = Command.Start(
            [
                Binary, "server", "--data", _data, "--port", $"{port}",
                "--set", "auto.create.topics.enable=false", "--set", "group.initial.rebalance.delay.ms=0",
                // Of groups of the new protocol it is the broker that says how fast they are.
                "--set", "group.consumer.min.session.timeout.ms=6000", "--set", "group.consumer.session.timeout.ms=20000",
                "--set", "group.consumer.min.heartbeat.interval.ms=500", "--set", "group.consumer.heartbeat.interval.ms=1000",
            ]);
            _server = server;
            await Eventually.HoldsAsync(() => server.HasExited || Answers(port), () => $"a broker on {Bootstrap}");
            if (!server.HasExited) return;
            Assert.True(tries < 3, $"The broker ended at its start.\n{server.Output}\n{server.Errors}");
            await server.DisposeAsync();
        }
    }

    async Task StopAsync(Command server)
    {
        await using (server)
        {
            server.Terminate();
            try
            {
                (await server.ExitAsync(100)).Succeeded();
            }
            finally
            {
                var logs = Directory.CreateDirectory(Path.Combine(Places.Artifacts, "test", "brokers")).FullName;
                await File.WriteAllTextAsync(Path.Combine(logs, Bootstrap.Replace(':', '-') + ".log"), server.Output + server.Errors);
            }
        }
    }

    static async Task BuildOnceAsync()
    {
        await Building.WaitAsync();
        try
        {
            if (!File.Exists(Binary))
                (await Command.RunAsync([Path.Combine(Places.Repository, "build")], seconds: 600)).Succeeded();
        }
        finally
        {
            Building.Release();
        }
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    static bool Answers(int port)
    {
        try
        {
            using var connection = new TcpClient();
            connection.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
