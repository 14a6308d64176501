using System.Text.Json;
using StreamActors.Interop.Contract;
using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Clients.Java;

/// <summary>A member of a group by Kafka's own verifiable consumer, which tells all that happens to it and commits after each poll.</summary>
internal sealed class VerifiableConsumer : IGroupMember
{
    readonly Command _command;

    public VerifiableConsumer(string tool, string bootstrap, string topic, string group, params string[] protocol) => _command = Command.Start(
        [tool, "verifiable-consumer", "--bootstrap-server", bootstrap, "--topic", topic, "--group-id", group, "--verbose", "--reset-policy", "earliest", .. protocol]);

    /// <summary>It tells what comes and what goes.</summary>
    public IReadOnlyList<int> Assigned
    {
        get
        {
            var assigned = new SortedSet<int>();
            foreach (var line in Lines("partitions_"))
            {
                var partitions = line.GetProperty("partitions").EnumerateArray().Select(each => each.GetProperty("partition").GetInt32());
                if (line.GetProperty("name").GetString() == "partitions_assigned") assigned.UnionWith(partitions);
                else assigned.ExceptWith(partitions);
            }

            return [.. assigned];
        }
    }

    public IReadOnlyList<ReadRecord> Records =>
    [
        .. Lines("record_data").Select(line => new ReadRecord(
            line.GetProperty("partition").GetInt32(), line.GetProperty("offset").GetInt64(), line.GetProperty("key").GetString(), line.GetProperty("value").GetString(), [])),
    ];

    public async Task LeaveAsync()
    {
        _command.Terminate();
        await _command.ExitAsync(100);
    }

    public void Kill() => _command.KillTree();

    public ValueTask DisposeAsync() => _command.DisposeAsync();

    public override string ToString() => _command.Errors.Length > 1000 ? _command.Errors[^1000..] : _command.Errors;

    IEnumerable<JsonElement> Lines(string name) =>
        _command.Lines.Where(line => line.StartsWith('{') && line.Contains($"\"name\":\"{name}", StringComparison.Ordinal)).Select(line => JsonDocument.Parse(line).RootElement);
}
