using System.CommandLine;

namespace StreamActors.Commands;

/// <summary><c>streamactors topic describe</c></summary>
internal sealed class TopicDescribeCommand : ClientCommand
{
    private readonly Argument<string[]> _topics = CommandOptions.Topics(optional: true);
    private readonly Option<bool> _configs = new("--configs") { Description = "All settings in force as well, and where they come from." };
    private readonly Option<OutputFormat> _output = CommandOptions.Output();

    public TopicDescribeCommand(CommandContext context)
        : base("describe", "Show partitions, leaders, replicas and settings of topics.", context)
    {
        Add(_topics);
        Add(_configs);
        Add(_output);
    }

    protected override Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation) => WithoutClientAsync();
}
