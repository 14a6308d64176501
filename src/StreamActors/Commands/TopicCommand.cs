using System.CommandLine;

namespace StreamActors.Commands;

/// <summary><c>streamactors topic</c>: what can be done with topics.</summary>
internal sealed class TopicCommand : Command
{
    public TopicCommand(CommandContext context)
        : base("topic", "Create, list, describe, alter and delete topics.")
    {
        Add(new TopicCreateCommand(context));
        Add(new TopicListCommand(context));
        Add(new TopicDescribeCommand(context));
        Add(new TopicAlterCommand(context));
        Add(new TopicDeleteCommand(context));
    }
}
