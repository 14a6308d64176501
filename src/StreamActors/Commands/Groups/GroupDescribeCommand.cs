using System.CommandLine;
using StreamActors.Client.Admin;
using StreamActors.Client.Errors;
using StreamActors.Cluster;
using StreamActors.Protocol;

namespace StreamActors.Commands.Groups;

/// <summary><c>streamactors group describe</c></summary>
internal sealed class GroupDescribeCommand : ClientCommand
{
    private readonly Argument<string[]> _groups = new("groups") { Description = "Names of groups; all of them if none is given.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<OutputFormat> _output = CommandOptions.Output();

    public GroupDescribeCommand(CommandContext context)
        : base("describe", "Show members, assignments, offsets and lag of groups.", context)
    {
        Add(_groups);
        Add(_output);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var exit = (int)ExitCode.Ok;
        await using var groups = new KafkaGroups(ClientOptions(arguments));
        var described = new List<GroupDescription>();
        var named = arguments.GetValue(_groups) is { Length: > 0 } given ? given : null;
        var names = named ?? [.. (await groups.ListAsync(cancellationToken: cancellation)).Select(group => group.GroupId).Where(id => !ResetUndo.IsUndo(id))];
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            try
            {
                described.Add(await groups.DescribeAsync(name, cancellation));
            }
            catch (KafkaException e) when (e.Code == ErrorCode.GroupIdNotFound)
            {
                // The others are described all the same; one that was only listed may be gone meanwhile.
                if (named is not null) exit = Failed(e);
            }
        }

        if (arguments.GetValue(_output) == OutputFormat.Json) GroupOutput.WriteJson(Context.Out, described);
        else described.ForEach(group => GroupOutput.WriteTable(Context.Out, group));
        return exit;
    }
}
