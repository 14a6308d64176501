using System.CommandLine;
using StreamActors.Client.Admin;
using StreamActors.Cluster;

namespace StreamActors.Commands.Groups;

/// <summary><c>streamactors group list</c></summary>
internal sealed class GroupListCommand : ClientCommand
{
    private readonly Option<string[]> _states = new("--state", "-s")
    {
        Description = "Only groups in this state: Empty, PreparingRebalance, CompletingRebalance, Assigning, Reconciling, Stable, Dead.",
        HelpName = "STATE",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string[]> _types = new("--type", "-t") { Description = "Only groups of this type.", HelpName = "classic|consumer", DefaultValueFactory = _ => [] };
    private readonly Option<bool> _internal = new("--internal") { Description = "What reset keeps for --undo as well." };
    private readonly Option<OutputFormat> _output = CommandOptions.Output();

    public GroupListCommand(CommandContext context)
        : base("list", "List consumer groups.", context)
    {
        Add(_states);
        Add(_types);
        Add(_internal);
        Add(_output);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation)
    {
        await using var groups = new KafkaGroups(ClientOptions(arguments));
        var listed = await groups.ListAsync(arguments.GetValue(_states), arguments.GetValue(_types), cancellation);
        ListOutput.Write(
            Context.Out,
            arguments.GetValue(_output),
            ["group", "type", "state", "protocolType", "coordinator"],
            listed.Where(group => arguments.GetValue(_internal) || !ResetUndo.IsUndo(group.GroupId)).Select(group => new object?[]
            {
                group.GroupId, OrNull(group.Type), OrNull(group.State), OrNull(group.ProtocolType), group.Coordinator.Value,
            }));
        return (int)ExitCode.Ok;
    }

    private static string? OrNull(string text) => text.Length == 0 ? null : text;
}
