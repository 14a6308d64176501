using System.CommandLine;
using StreamActors.Client.Admin;
using StreamActors.Client.Errors;
using StreamActors.Cluster;
using StreamActors.Protocol;

namespace StreamActors.Commands.Groups;

/// <summary><c>streamactors group delete</c></summary>
internal sealed class GroupDeleteCommand : ClientCommand
{
    private readonly Argument<string[]> _groups = new("groups") { Description = "Names of groups.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<bool> _ifExists = new("--if-exists") { Description = "A group that does not exist is no failure." };

    public GroupDeleteCommand(CommandContext context)
        : base("delete", "Delete groups without members, and all their offsets.", context)
    {
        Add(_groups);
        Add(_ifExists);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var exit = (int)ExitCode.Ok;
        await using var groups = new KafkaGroups(ClientOptions(arguments));
        foreach (var group in arguments.GetRequiredValue(_groups).Distinct(StringComparer.Ordinal))
        {
            try
            {
                await groups.DeleteAsync(group, cancellation);
                await Context.Out.WriteLineAsync($"Deleted group {group}.");
            }
            catch (KafkaException e) when (e.Code == ErrorCode.GroupIdNotFound && arguments.GetValue(_ifExists))
            {
                // As wanted.
            }
            catch (KafkaException e) when (e.Code is ErrorCode.GroupIdNotFound or ErrorCode.NonEmptyGroup or ErrorCode.InvalidGroupId or ErrorCode.GroupAuthorizationFailed)
            {
                // The others are deleted all the same.
                exit = Failed(e);
            }
        }

        return exit;
    }
}
