using System.Text.Json;
using Confluent.Kafka;
using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Groups;

/// <summary>The published binary's <c>group</c> and <c>why group</c>, with consumers of librdkafka in the groups.</summary>
public sealed class GroupCommandTests(BrokerProcess broker) : IClassFixture<BrokerProcess>
{
    readonly Dictionary<string, int> _partitions = [];

    [Fact]
    public async Task A_group_is_described_with_its_members_and_its_lag_in_records_and_seconds()
    {
        var topic = await TopicAsync("described", 2);
        await ProduceAsync(topic, 6, age: TimeSpan.FromHours(5));
        using (var reader = Join(topic, "app-1"))
        {
            Assert.True(Reads(reader, 6), "6 records");
            reader.Commit();
            await ProduceAsync(topic, 4, age: TimeSpan.FromHours(2));
            using var json = JsonDocument.Parse(await OkAsync("group", "describe", topic, "-o", "json"));
            var group = json.RootElement[0];
            Assert.Equal("Stable", group.GetProperty("state").GetString());
            var member = Assert.Single(group.GetProperty("members").EnumerateArray());
            Assert.Equal(("app-1", "stable", 2), (member.GetProperty("clientId").GetString(), member.GetProperty("state").GetString(), member.GetProperty("assigned").GetArrayLength()));
            var partitions = group.GetProperty("partitions").EnumerateArray().ToList();
            Assert.Equal(4, partitions.Sum(each => each.GetProperty("lag").GetInt64()));
            Assert.InRange(partitions.Max(each => each.GetProperty("lagSeconds").GetDouble()), 7200, 10_800);
            Assert.All(partitions, each => Assert.Equal(member.GetProperty("memberId").GetString(), each.GetProperty("owner").GetString()));

            var refused = await RunAsync("group", "reset", topic, "--to-earliest", "--topic", topic, "--execute");
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains("it is in state Stable, with 1 member(s): app-1@", refused.Errors);
            Assert.Contains("NON_EMPTY_GROUP", (await RunAsync("group", "delete", topic)).Errors);
            reader.Close();
        }

        Assert.Contains("nobody reads the 4 record(s)", await OkAsync("why", "group", topic));
        await OkAsync("group", "reset", topic, "--by-duration", "3h", "--topic", topic, "--execute");
        Assert.Equal(4, await LagAsync(topic));
        await OkAsync("group", "reset", topic, "--to-earliest", "--topic", topic, "--execute");
        Assert.Equal(10, await LagAsync(topic));
        await OkAsync("group", "reset", topic, "--undo", "--execute");
        Assert.Equal(4, await LagAsync(topic));
        using (var again = Join(topic, "app-2"))
        {
            Assert.True(Reads(again, 4), "4 records after the undo");
            again.Close();
        }

        await OkAsync("group", "delete", topic);
        Assert.Contains("no such group", await OkAsync("why", "group", topic));
    }

    [Fact]
    public async Task Why_names_the_member_that_holds_up_a_rebalance()
    {
        var topic = await TopicAsync("held-up", 2);
        using var busy = Join(topic, "busy-app");
        Assert.False(Reads(busy, 1, seconds: 1));
        await Eventually.HoldsAsync(() => Reads(busy, 0) && busy.Assignment.Count == 2, () => "the first member has both partitions");
        // From here on it does not poll: its heartbeats go on, but it does not join again.
        using var second = Join(topic, "second-app");
        await Eventually.HoldsAsync(
            () =>
            {
                second.Consume(TimeSpan.FromMilliseconds(100));
                return Findings(topic).Any(finding => finding is { Code: "waits-for-rejoin" } && finding.Words.Contains("client busy-app", StringComparison.Ordinal));
            },
            () => string.Join('\n', Findings(topic)));
        Assert.DoesNotContain(Findings(topic), finding => finding.Words.Contains("second-app", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Why_names_the_partition_that_stands_still_and_its_consumer()
    {
        var topic = await TopicAsync("paused", 1);
        await ProduceAsync(topic, 3, TimeSpan.Zero);
        using var reader = Join(topic, "paused-app");
        Assert.True(Reads(reader, 3), "3 records");
        reader.Commit();
        Assert.Equal("caught-up", Assert.Single(Findings(topic)).Code);
        reader.Pause(reader.Assignment);
        await ProduceAsync(topic, 5, TimeSpan.Zero);
        await Eventually.HoldsAsync(
            () =>
            {
                reader.Consume(TimeSpan.FromMilliseconds(100));
                return Findings(topic).Any(finding => finding.Code == "stalled");
            },
            () => string.Join('\n', Findings(topic)));
        var stalled = Assert.Single(Findings(topic));
        Assert.Contains($"{topic}:0: the committed offset 3 has not changed", stalled.Words);
        Assert.Contains("though the end is 8 (member ", stalled.Words);
        Assert.Contains("client paused-app", stalled.Words);
    }

    [SharedFact("kafka")]
    public async Task Kafkas_own_tool_sees_and_resets_the_same()
    {
        var topic = await TopicAsync("tool", 2);
        await ProduceAsync(topic, 6, TimeSpan.Zero);
        await OkAsync("group", "reset", topic, "--to-earliest", "--topic", topic, "--execute");
        Assert.Matches($@"{topic}\s+{topic}\s+0\s+0\s+\d+\s+\d+\s+-", (await ToolAsync("consumer-groups", "--describe", "--group", topic)).Output);
        await ToolAsync("consumer-groups", "--group", topic, "--reset-offsets", "--to-latest", "--topic", topic, "--execute");
        Assert.Equal(0, await LagAsync(topic));
        await ToolAsync("consumer-groups", "--group", topic, "--reset-offsets", "--shift-by", "-1", "--all-topics", "--execute");
        Assert.Equal(2, await LagAsync(topic));

        string[] ofGroup = ["--entity-type", "groups", "--entity-name", topic];
        await ToolAsync("configs", ["--alter", .. ofGroup, "--add-config", "consumer.session.timeout.ms=50000"]);
        Assert.Contains("consumer.session.timeout.ms=50000 sensitive=false", (await ToolAsync("configs", ["--describe", .. ofGroup])).Output);
        Assert.Contains(topic, (await ToolAsync("configs", "--describe", "--entity-type", "groups")).Output);
        Assert.Contains("DescribeConfigs(32)", (await ToolAsync("broker-api-versions")).Output);
        await ToolAsync("consumer-groups", "--delete", "--group", topic);
        Assert.Contains("GROUP_ID_NOT_FOUND", (await RunAsync("group", "describe", topic)).Errors);
    }

    async Task<string> TopicAsync(string label, int partitions)
    {
        var topic = $"group-{label}-{Guid.NewGuid().ToString("N")[..6]}";
        await broker.CreateTopicAsync(topic, partitions);
        _partitions[topic] = partitions;
        return topic;
    }

    /// <summary>Into all partitions, one after the other.</summary>
    async Task ProduceAsync(string topic, int count, TimeSpan age)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.Bootstrap }).Build();
        var partitions = _partitions[topic];
        for (var index = 0; index < count; index++)
            await producer.ProduceAsync(new TopicPartition(topic, index % partitions), new Message<Null, string> { Value = $"{index}", Timestamp = new Timestamp(DateTime.UtcNow - age) });
    }

    IConsumer<Ignore, string> Join(string topic, string client)
    {
        var consumer = new ConsumerBuilder<Ignore, string>(new ConsumerConfig
        {
            BootstrapServers = broker.Bootstrap,
            GroupId = topic,
            ClientId = client,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
        }).SetLogHandler((_, _) => { }).Build();
        consumer.Subscribe(topic);
        return consumer;
    }

    static bool Reads(IConsumer<Ignore, string> consumer, int count, int seconds = 100)
    {
        var until = DateTime.UtcNow.AddSeconds(seconds);
        for (; count > 0 && DateTime.UtcNow < until;)
            if (consumer.Consume(TimeSpan.FromMilliseconds(200)) is not null)
                count--;
        if (count == 0)
            consumer.Consume(TimeSpan.FromMilliseconds(50));
        return count == 0;
    }

    List<(string Code, string Words)> Findings(string group)
    {
        using var json = JsonDocument.Parse(OkAsync("why", "group", group, "--stalled-after", "1s", "-o", "json").GetAwaiter().GetResult());
        return [.. json.RootElement.GetProperty("findings").EnumerateArray().Select(each => (each.GetProperty("code").GetString()!, each.GetProperty("words").GetString()!))];
    }

    async Task<long> LagAsync(string group)
    {
        using var json = JsonDocument.Parse(await OkAsync("group", "describe", group, "-o", "json"));
        return json.RootElement[0].GetProperty("partitions").EnumerateArray().Sum(each => each.GetProperty("lag").GetInt64());
    }

    async Task<string> OkAsync(params string[] arguments) => (await RunAsync(arguments)).Succeeded().Output;

    Task<CommandResult> RunAsync(params string[] arguments) => Command.RunAsync([BrokerProcess.Binary, .. arguments, "--bootstrap-server", broker.Bootstrap]);

    async Task<CommandResult> ToolAsync(string tool, params string[] arguments) =>
        (await Command.RunAsync([Path.Combine(Places.Shared("kafka")!, "kafka"), tool, "--bootstrap-server", broker.Bootstrap, .. arguments])).Succeeded();
}
