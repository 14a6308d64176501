using System.Text.RegularExpressions;
using StreamActors.Interop.Contract;
using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Clients.Java;

/// <summary>The tools of Apache Kafka itself, in Java, of <c>../shared/kafka</c>.</summary>
public sealed partial class JavaToolsTests(BrokerProcess broker) : IClassFixture<BrokerProcess>
{
    [SharedFact("kafka")]
    public async Task Topics_are_created_listed_described_altered_and_deleted()
    {
        var topic = NewName("topics");
        Assert.Contains($"Created topic {topic}", (await TopicsAsync("--create", "--topic", topic, "--partitions", "3")).Output);
        Assert.Contains(topic, (await TopicsAsync("--list")).Lines);
        Assert.Contains("already exists", (await FailingAsync("topics", "--create", "--topic", topic)).Output);

        await TopicsAsync("--alter", "--topic", topic, "--partitions", "5");
        Assert.Contains("PartitionCount: 5", (await TopicsAsync("--describe", "--topic", topic)).Output);

        await TopicsAsync("--delete", "--topic", topic);
        Assert.Contains("does not exist", (await FailingAsync("topics", "--describe", "--topic", topic)).Output);
        Assert.Contains("Topic name is invalid", (await FailingAsync("topics", "--create", "--topic", "no such/name")).Output);
    }

    [SharedFact("kafka")]
    public async Task Settings_of_a_topic_are_altered_and_described()
    {
        var topic = NewName("configs");
        await broker.CreateTopicAsync(topic, 1);
        string[] ofTopic = ["--entity-type", "topics", "--entity-name", topic];
        await RunAsync("configs", ["--alter", .. ofTopic, "--add-config", "retention.ms=60000,cleanup.policy=compact"]);
        var described = await RunAsync("configs", ["--describe", .. ofTopic]);
        Assert.Contains("retention.ms=60000 sensitive=false", described.Output);
        Assert.Contains("cleanup.policy=compact sensitive=false", described.Output);

        await RunAsync("configs", ["--alter", .. ofTopic, "--delete-config", "retention.ms"]);
        Assert.DoesNotContain("retention.ms=60000", (await RunAsync("configs", ["--describe", .. ofTopic])).Output);
        var refused = await FailingAsync("configs", ["--alter", .. ofTopic, "--add-config", "retention.ms=soon"]);
        Assert.Contains("Invalid value soon for configuration retention.ms", refused.Output + refused.Errors);
    }

    [SharedFact("kafka")]
    public async Task Log_dirs_shows_where_a_topic_lies_and_how_large_it_is()
    {
        var topic = NewName("dirs");
        await broker.CreateTopicAsync(topic, 1);
        await ProduceAsync(topic, ["n:1\tkey\tvalue"], "none");
        var described = (await RunAsync("log-dirs", ["--describe", "--topic-list", topic])).Output;
        Assert.Matches($"\"partition\":\"{topic}-0\",\"size\":[1-9][0-9]*,\"offsetLag\":0,\"isFuture\":false", described);
        Assert.Contains("\"error\":null", described);
    }

    [SharedTheory("kafka")]
    [InlineData("none")]
    [InlineData("gzip")]
    [InlineData("snappy")]
    [InlineData("lz4")]
    [InlineData("zstd")]
    public async Task The_console_consumer_reads_what_the_console_producer_wrote(string codec)
    {
        var topic = NewName(codec);
        await broker.CreateTopicAsync(topic, 3);
        string[] sent = [.. Enumerable.Range(0, 200).Select(i => $"source:console,sequence:{i}\tkey-{i % 20}\tvalue {i} für 流")];
        await ProduceAsync(topic, sent, codec);
        Assert.Equal(sent.Length, broker.CountByOffsets(topic));

        var read = await ConsumeAsync(topic, sent.Length);
        Assert.Equal(sent.Order(StringComparer.Ordinal), read.Select(r => r.Text).Order(StringComparer.Ordinal));
        foreach (var partition in read.GroupBy(r => r.Partition))
            Assert.Equal(Enumerable.Range(0, partition.Count()), partition.Select(r => r.Offset));

        var offsets = (await RunAsync("get-offsets", ["--topic", topic])).Lines.Order(StringComparer.Ordinal);
        var due = Enumerable.Range(0, 3).Select(p => $"{topic}:{p}:{read.Count(r => r.Partition == p)}");
        Assert.Equal(due, offsets);
    }

    [SharedFact("kafka")]
    public async Task Two_console_consumers_share_a_group_and_a_third_resumes_where_they_left()
    {
        var topic = NewName("group");
        await broker.CreateTopicAsync(topic, 4);
        await using var first = StartMember(topic);
        await using var second = StartMember(topic);
        List<string> sent = [];
        // They tell nothing of their assignment, so records are sent until both have had some.
        for (var round = 0; round < 40 && (first.Lines.Count == 0 || second.Lines.Count == 0); round++)
        {
            string[] more = [.. Enumerable.Range(sent.Count, 40).Select(i => $"n:{i}\tkey-{i}\tvalue {i}")];
            await ProduceAsync(topic, more, "none");
            sent.AddRange(more);
        }
        Assert.NotEmpty(first.Lines);
        Assert.NotEmpty(second.Lines);
        await Eventually.HoldsAsync(
            () => first.Lines.Count + second.Lines.Count >= sent.Count,
            () => $"{sent.Count} records in members that have {first.Lines.Count} and {second.Lines.Count}");
        var read = first.Lines.Concat(second.Lines).Select(l => ToRecord(l).Text).ToHashSet(StringComparer.Ordinal);
        Assert.Superset(sent.ToHashSet(StringComparer.Ordinal), read);

        first.Terminate();
        second.Terminate();
        await first.ExitAsync(100);
        await second.ExitAsync(100);
        string[] later = [.. Enumerable.Range(0, 20).Select(i => $"n:{i}\tlater-{i}\tvalue {i}")];
        await ProduceAsync(topic, later, "none");
        await using var third = StartMember(topic);
        await Eventually.HoldsAsync(() => third.Lines.Count >= later.Length, () => $"{later.Length} records in a third member, which has {third.Lines.Count}");
        Assert.Equal(later.Order(StringComparer.Ordinal), third.Lines.Select(l => ToRecord(l).Text).Order(StringComparer.Ordinal));
        third.Terminate();
        await third.ExitAsync(100);
    }

    [SharedTheory("kafka")]
    [InlineData("classic", "org.apache.kafka.clients.consumer.RangeAssignor")]
    [InlineData("classic", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor")]
    [InlineData("consumer", "uniform")]
    [InlineData("consumer", "range")]
    public async Task Three_members_share_a_group_under_load_while_others_leave_and_die(string protocol, string assignor)
    {
        const int partitions = 6;
        var topic = NewName($"survival-{protocol}");
        await broker.CreateTopicAsync(topic, partitions);
        string[] ofProtocol = protocol == "consumer"
            ? ["--group-protocol", "consumer", "--group-remote-assignor", assignor]
            : ["--assignment-strategy", assignor, "--session-timeout", $"{GroupSurvival.SessionMs}"];
        // Told to end, it wakes up from the commit that it waits for.
        await GroupSurvival.HoldsAsync(broker, topic, partitions, () => new VerifiableConsumer(Tool, broker.Bootstrap, topic, topic, ofProtocol), leavesCleanly: false);
    }

    [SharedFact("kafka")]
    public async Task The_verifiable_producer_has_every_record_acknowledged()
    {
        var topic = NewName("verifiable");
        await broker.CreateTopicAsync(topic, 2);
        var result = await RunAsync("verifiable-producer", ["--topic", topic, "--max-messages", "1000", "--acks", "-1"]);
        Assert.Contains("\"sent\":1000,\"acked\":1000", result.Output);
        Assert.Equal(1000, broker.CountByOffsets(topic));
    }

    [SharedFact("kafka")]
    public async Task The_console_producer_is_told_of_a_missing_topic_and_of_a_record_too_large()
    {
        var missing = await TryToProduceAsync(NewName("missing"), "value", patienceMs: 10_000);
        Assert.Contains("UNKNOWN_TOPIC_OR_PARTITION", missing.Output + missing.Errors);

        var small = NewName("small");
        await broker.CreateTopicAsync(small, 1, new Dictionary<string, string> { ["max.message.bytes"] = "2000" });
        var large = await TryToProduceAsync(small, new string('x', 5000), patienceMs: 100_000);
        Assert.Contains("RecordTooLargeException", large.Output + large.Errors);
        Assert.Equal(0, broker.CountByOffsets(small));
    }

    static string Tool => Path.Combine(Places.Shared("kafka")!, "kafka");

    static string NewName(string label) => $"java-{label}-{Guid.NewGuid().ToString("N")[..6]}";

    Command StartMember(string topic) => Command.Start(
    [
        Tool, "console-consumer", "--bootstrap-server", broker.Bootstrap, "--topic", topic, "--group", topic, "--from-beginning", .. PrintAll,
    ]);

    Task<CommandResult> TopicsAsync(params string[] arguments) => RunAsync("topics", arguments);

    async Task ProduceAsync(string topic, string[] lines, string codec) => await RunAsync(
        "console-producer",
        ["--topic", topic, "--compression-codec", codec, "--reader-property", "parse.key=true", "--reader-property", "parse.headers=true"],
        string.Join('\n', lines) + "\n");

    Task<CommandResult> TryToProduceAsync(string topic, string line, int patienceMs) => Command.RunAsync(
        [Tool, "console-producer", "--bootstrap-server", broker.Bootstrap, "--topic", topic, "--max-block-ms", $"{patienceMs}"], line + "\n");

    async Task<IReadOnlyList<Record>> ConsumeAsync(string topic, int count)
    {
        var result = await RunAsync("console-consumer", ["--topic", topic, "--from-beginning", "--max-messages", $"{count}", "--timeout-ms", "100000", .. PrintAll]);
        return [.. result.Lines.Select(ToRecord)];
    }

    static string[] PrintAll => [.. new[] { "partition", "offset", "headers", "key" }.SelectMany(what => new[] { "--formatter-property", $"print.{what}=true" })];

    // Partition:2<tab>Offset:0<tab>source:console,sequence:1<tab>key<tab>value
    static Record ToRecord(string line)
    {
        var match = Printed().Match(line);
        Assert.True(match.Success, line);
        return new Record(int.Parse(match.Groups["partition"].Value), int.Parse(match.Groups["offset"].Value), match.Groups["text"].Value);
    }

    async Task<CommandResult> RunAsync(string tool, string[] arguments, string input = "") =>
        (await Command.RunAsync([Tool, tool, "--bootstrap-server", broker.Bootstrap, .. arguments], input)).Succeeded();

    async Task<CommandResult> FailingAsync(string tool, params string[] arguments)
    {
        var result = await Command.RunAsync([Tool, tool, "--bootstrap-server", broker.Bootstrap, .. arguments]);
        Assert.True(result.ExitCode != 0, $"{result}");
        return result;
    }

    [GeneratedRegex("^Partition:(?<partition>[0-9]+)\tOffset:(?<offset>[0-9]+)\t(?<text>.*)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Printed();

    sealed record Record(int Partition, int Offset, string Text);
}
