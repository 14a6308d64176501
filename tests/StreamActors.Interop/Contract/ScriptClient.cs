using System.Text.Encodings.Web;
using System.Text.Json;
using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Contract;

/// <summary>A client in another language: a program of the same few commands in each, which speaks JSON lines (see <c>Clients/*/client.*</c>).</summary>
internal sealed class ScriptClient(BrokerProcess broker, params string[] program) : IKafkaClient
{
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task<Refusal?> CreateTopicAsync(string topic, int partitions, params string[] settings) =>
        RefusalIn(await RunAsync("", ["create", topic, $"{partitions}", .. settings]));

    public async Task<Refusal?> DescribeAsync(string topic) => RefusalIn(await RunAsync("", "describe", topic));

    public async Task<Written> ProduceAsync(string topic, IReadOnlyList<SentRecord> records, string codec, bool idempotent = false)
    {
        var input = string.Concat(records.Select(r => JsonSerializer.Serialize(new { r.Key, r.Value, r.Headers }, Json) + "\n"));
        var result = await RunAsync(input, ["produce", topic, codec, .. idempotent ? ["idempotent"] : Array.Empty<string>()]);
        var refusal = RefusalIn(result);
        var places = result.Lines.Select(Parse).OfType<Line>().Where(l => l.Partition is not null).Select(l => (l.Partition!.Value, l.Offset));
        return new Written([.. places], refusal);
    }

    public async Task<IReadOnlyList<ReadRecord>> ConsumeAsync(string topic, int count)
    {
        var result = (await RunAsync("", "consume", topic, $"{count}")).Succeeded();
        return [.. result.Lines.Select(Parse).OfType<Line>().Where(l => l.Partition is not null).Select(l => l.ToRecord())];
    }

    public IGroupMember Join(string topic, string group, IReadOnlyDictionary<string, string>? environment = null) =>
        new Member([.. program, broker.Bootstrap, "group", topic, group], environment);

    Task<CommandResult> RunAsync(string input, params string[] command) => Command.RunAsync([.. program, broker.Bootstrap, .. command], input);

    static Refusal? RefusalIn(CommandResult result)
    {
        if (result.ExitCode == 0)
            return null;
        var told = result.Lines.Select(Parse).LastOrDefault(l => l?.Error is not null);
        return told is null ? throw new InvalidOperationException($"The client broke.\n{result}") : new Refusal(told.Error!.Value, told.Message ?? "");
    }

    static Line? Parse(string line) => line.StartsWith('{') ? JsonSerializer.Deserialize<Line>(line, Json) : null;

    sealed record Line(int? Partition, long Offset, string? Key, string? Value, string[][]? Headers, int[]? Assigned, int? Error, string? Message)
    {
        public ReadRecord ToRecord() => new(Partition!.Value, Offset, Key, Value, Headers ?? []);
    }

    sealed class Member(string[] command, IReadOnlyDictionary<string, string>? environment) : IGroupMember
    {
        readonly Command _command = Command.Start(command, environment);

        public IReadOnlyList<int> Assigned => Told.LastOrDefault(l => l.Assigned is not null)?.Assigned ?? [];

        public IReadOnlyList<ReadRecord> Records => [.. Told.Where(l => l.Partition is not null).Select(l => l.ToRecord())];

        IEnumerable<Line> Told => _command.Lines.Select(Parse).OfType<Line>();

        public async Task LeaveAsync()
        {
            _command.CloseInput();
            (await _command.ExitAsync(100)).Succeeded();
        }

        public void Kill() => _command.KillTree();

        public ValueTask DisposeAsync() => _command.DisposeAsync();

        public override string ToString() => _command.Errors.Length > 3000 ? _command.Errors[..3000] : _command.Errors;
    }
}
