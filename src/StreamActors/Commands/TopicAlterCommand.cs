using System.CommandLine;

namespace StreamActors.Commands;

/// <summary><c>streamactors topic alter</c></summary>
internal sealed class TopicAlterCommand : ClientCommand
{
    private readonly Argument<string> _topic = CommandOptions.Topic();
    private readonly Option<int?> _partitions = CommandOptions.Number("--partitions", "New number of partitions; it can only grow.", 1, "-p");
    private readonly Option<string[]> _configs = CommandOptions.TopicConfigs();
    private readonly Option<string[]> _deleteConfigs = new("--delete-config") { Description = "A setting that goes back to its default.", HelpName = "NAME", DefaultValueFactory = _ => [] };

    public TopicAlterCommand(CommandContext context)
        : base("alter", "Change the settings of a topic, or add partitions.", context)
    {
        Add(_topic);
        Add(_partitions);
        Add(_configs);
        Add(_deleteConfigs);
        Validators.Add(result =>
        {
            if (result.GetResult(_partitions) is null && result.GetResult(_configs) is not { Implicit: false } && result.GetResult(_deleteConfigs) is not { Implicit: false })
                result.AddError("nothing to alter: give --partitions, --config or --delete-config");
        });
    }

    protected override Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation) => WithoutClientAsync();
}
