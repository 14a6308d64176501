using System.CommandLine;

namespace StreamActors.Commands;

/// <summary><c>streamactors topic list</c></summary>
internal sealed class TopicListCommand : ClientCommand
{
    private readonly Option<bool> _internal = new("--internal") { Description = "Internal topics as well." };
    private readonly Option<OutputFormat> _output = CommandOptions.Output();

    public TopicListCommand(CommandContext context)
        : base("list", "List topics.", context)
    {
        Add(_internal);
        Add(_output);
    }

    protected override Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation) => WithoutClientAsync();
}
