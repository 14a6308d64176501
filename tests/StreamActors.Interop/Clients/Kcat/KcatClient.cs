using System.Text.Json;
using System.Text.RegularExpressions;
using StreamActors.Interop.Contract;
using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Clients.Kcat;

internal sealed partial class KcatClient(BrokerProcess broker) : IKafkaClient
{
    public const int InvalidTopic = 17;

    // kcat tells errors in words only
    static readonly Dictionary<string, int> Errors = new(StringComparer.Ordinal)
    {
        ["Broker: Unknown topic or partition"] = 3,
        ["Broker: Message size too large"] = 10,
        ["Broker: Invalid topic"] = InvalidTopic,
    };

    public async Task<Refusal?> CreateTopicAsync(string topic, int partitions, params string[] settings)
    {
        await broker.CreateTopicAsync(topic, partitions, settings.Select(s => s.Split('=')).ToDictionary(s => s[0], s => s[1]));
        return null;
    }

    public async Task<Refusal?> DescribeAsync(string topic)
    {
        var result = (await RunAsync("", "-L", "-J", "-t", topic)).Succeeded();
        var told = JsonDocument.Parse(result.Output).RootElement.GetProperty("topics")[0];
        return told.TryGetProperty("error", out var error) ? RefusalIn(error.GetString()!) : null;
    }

    public async Task<Written> ProduceAsync(string topic, IReadOnlyList<SentRecord> records, string codec, bool idempotent = false)
    {
        var input = string.Concat(records.Select(r => $"{r.Key}\t{r.Value}\n"));
        var headers = records[0].Headers.SelectMany(h => new[] { "-H", $"{h[0]}={h[1]}" });
        var result = await RunAsync(
            input,
            [
                "-P", "-t", topic, "-K", "\t", "-z", codec, .. headers,
                "-X", $"enable.idempotence={(idempotent ? "true" : "false")}",
                "-X", "message.timeout.ms=20000", "-X", "topic.metadata.propagation.max.ms=2000",
            ]);
        return new Written([], result.ExitCode == 0 ? null : RefusalIn(result.Errors));
    }

    public async Task<IReadOnlyList<ReadRecord>> ConsumeAsync(string topic, int count)
    {
        var result = (await RunAsync("", "-C", "-t", topic, "-o", "beginning", "-e", "-J")).Succeeded();
        return [.. result.Lines.Select(ToRecord)];
    }

    public IGroupMember Join(string topic, string group, IReadOnlyDictionary<string, string>? environment = null) => new Member(
    [
        "kcat", "-b", broker.Bootstrap, "-J", "-u", "-X", "auto.offset.reset=earliest",
        "-X", "session.timeout.ms=6000", "-X", "heartbeat.interval.ms=500", "-G", group, topic,
    ]);

    Task<CommandResult> RunAsync(string input, params string[] arguments) =>
        Command.RunAsync(["kcat", "-b", broker.Bootstrap, .. arguments], input);

    static Refusal RefusalIn(string text)
    {
        var known = Errors.Keys.FirstOrDefault(text.Contains);
        return new Refusal(known is null ? -1 : Errors[known], text);
    }

    static ReadRecord ToRecord(string line)
    {
        var record = JsonDocument.Parse(line).RootElement;
        var flat = record.TryGetProperty("headers", out var told) ? told.EnumerateArray().Select(h => h.GetString()!) : [];
        return new ReadRecord(
            record.GetProperty("partition").GetInt32(),
            record.GetProperty("offset").GetInt64(),
            record.GetProperty("key").GetString(),
            record.GetProperty("payload").GetString(),
            [.. flat.Chunk(2)]);
    }

    sealed partial class Member(string[] command) : IGroupMember
    {
        readonly Command _command = Command.Start(command);

        // % Group g rebalanced (memberid rdkafka-1): assigned: topic [0], topic [1]
        public IReadOnlyList<int> Assigned => Rebalanced().Matches(_command.Errors).LastOrDefault() is { } last && last.Groups["what"].Value == "assigned"
            ? [.. Partition().Matches(last.Groups["which"].Value).Select(m => int.Parse(m.Groups["partition"].Value))]
            : [];

        public IReadOnlyList<ReadRecord> Records => [.. _command.Lines.Select(ToRecord)];

        public async Task LeaveAsync()
        {
            _command.Terminate();
            await _command.ExitAsync(30);
        }

        public void Kill() => _command.KillTree();

        public ValueTask DisposeAsync() => _command.DisposeAsync();

        public override string ToString() => _command.Errors;

        [GeneratedRegex("^% Group .* rebalanced .*: (?<what>assigned|revoked): (?<which>.*)$", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
        private static partial Regex Rebalanced();

        [GeneratedRegex(@"\[(?<partition>[0-9]+)\]", RegexOptions.ExplicitCapture, 1000)]
        private static partial Regex Partition();
    }
}
