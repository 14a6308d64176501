using System.CommandLine;

namespace StreamActors.Commands;

/// <summary><c>streamactors topic delete</c></summary>
internal sealed class TopicDeleteCommand : ClientCommand
{
    private readonly Argument<string[]> _topics = CommandOptions.Topics(optional: false);
    private readonly Option<bool> _ifExists = new("--if-exists") { Description = "A topic that does not exist is no failure." };

    public TopicDeleteCommand(CommandContext context)
        : base("delete", "Delete topics and all their records.", context)
    {
        Add(_topics);
        Add(_ifExists);
    }

    protected override Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation) => WithoutClientAsync();
}
