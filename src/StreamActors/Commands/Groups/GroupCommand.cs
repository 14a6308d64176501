using System.CommandLine;

namespace StreamActors.Commands.Groups;

/// <summary><c>streamactors group</c>: what can be done with consumer groups.</summary>
internal sealed class GroupCommand : Command
{
    public GroupCommand(CommandContext context)
        : base("group", "List, describe, reset and delete consumer groups.")
    {
        Add(new GroupListCommand(context));
        Add(new GroupDescribeCommand(context));
        Add(new GroupResetCommand(context));
        Add(new GroupDeleteCommand(context));
    }
}

/// <summary><c>streamactors why</c>: questions that are answered in words.</summary>
internal sealed class WhyCommand : Command
{
    public WhyCommand(CommandContext context)
        : base("why", "Say in words why something does not move.") => Add(new WhyGroupCommand(context));
}
