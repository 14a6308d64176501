using System.Text.Json;
using Confluent.Kafka;
using StreamActors.Interop.Harness;
using Xunit.Abstractions;

namespace StreamActors.Interop.Cluster;

/// <summary>A group on three nodes: one coordinates it, each leads some of its partitions, and <c>group describe</c> has it all.</summary>
public sealed class GroupProgressTests(ITestOutputHelper output) : IAsyncLifetime
{
    const int Partitions = 6;

    readonly string _data = Directory.CreateTempSubdirectory("streamactors-progress-").FullName;
    readonly List<NodeProcess> _nodes = [];

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
    public async Task Lag_in_records_and_in_seconds_is_told_whoever_leads()
    {
        foreach (var node in _nodes) node.Start();
        await Eventually.HoldsAsync(() => BrokerCount() == 3, () => string.Join('\n', _nodes.Select(node => node.Told)));
        await HoldsAsync(async () => (await RunAsync("topic", "create", "spread", "--partitions", $"{Partitions}", "--if-not-exists")).ExitCode == 0, "the topic created");
        await HoldsAsync(async () => (await PartitionsOfTopicAsync()).Distinct().Count() == 3, "partitions on three brokers");
        using (var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = _nodes[0].Address }).SetLogHandler((_, _) => { }).Build())
        {
            for (var partition = 0; partition < Partitions; partition++)
                await producer.ProduceAsync(new TopicPartition("spread", partition), new Message<Null, string> { Value = "v", Timestamp = new Timestamp(DateTime.UtcNow.AddMinutes(-5)) });
        }

        await HoldsAsync(async () => (await RunAsync("group", "reset", "readers", "--to-earliest", "--topic", "spread", "--execute")).ExitCode == 0, "offsets set");
        using var json = JsonDocument.Parse((await RunAsync("group", "describe", "readers", "-o", "json")).Succeeded().Output);
        var partitions = json.RootElement[0].GetProperty("partitions").EnumerateArray().ToList();
        Assert.Equal([1, 2, 3], partitions.Select(each => each.GetProperty("leader").GetInt32()).Distinct().Order());
        Assert.Equal(Partitions, partitions.Count);
        Assert.All(partitions, each => Assert.Equal(1, each.GetProperty("lag").GetInt64()));
        Assert.All(partitions, each => Assert.InRange(each.GetProperty("lagSeconds").GetDouble(), 300, 600));
        Assert.Contains("nobody reads the 6 record(s)", (await RunAsync("why", "group", "readers")).Succeeded().Output);
    }

    int BrokerCount()
    {
        try
        {
            using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = _nodes[1].Address }).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
            return admin.GetMetadata(TimeSpan.FromSeconds(20)).Brokers.Count;
        }
        catch (KafkaException)
        {
            return 0;
        }
    }

    async Task<List<int>> PartitionsOfTopicAsync()
    {
        var described = await RunAsync("topic", "describe", "spread", "-o", "json");
        if (described.ExitCode != 0) return [];
        using var json = JsonDocument.Parse(described.Output);
        return [.. json.RootElement[0].GetProperty("partitions").EnumerateArray().Select(each => each.GetProperty("leader").GetInt32()).Where(leader => leader >= 0)];
    }

    Task<CommandResult> RunAsync(params string[] arguments) =>
        Command.RunAsync([BrokerProcess.Binary, .. arguments, "--timeout", "60s", "--bootstrap-server", string.Join(',', _nodes.Select(node => node.Address))]);

    async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        for (var round = 0; round < 200; round++)
        {
            if (await condition()) return;
            await Task.Delay(500);
        }

        Assert.Fail($"Not in time: {what}\n{string.Join('\n', _nodes.Select(node => node.Told))}");
    }
}
