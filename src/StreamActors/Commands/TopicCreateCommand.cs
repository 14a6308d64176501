using System.CommandLine;

namespace StreamActors.Commands;

/// <summary><c>streamactors topic create</c></summary>
internal sealed class TopicCreateCommand : ClientCommand
{
    private readonly Argument<string> _topic = CommandOptions.Topic();
    private readonly Option<int?> _partitions = CommandOptions.Number("--partitions", "Number of partitions; the broker's default if not given.", 1, "-p");
    private readonly Option<int?> _replicationFactor = CommandOptions.Number("--replication-factor", "Replicas of each partition; the broker's default if not given.", 1, "-r");
    private readonly Option<string[]> _configs = CommandOptions.TopicConfigs();
    private readonly Option<bool> _ifNotExists = new("--if-not-exists") { Description = "A topic that exists already is no failure." };

    public TopicCreateCommand(CommandContext context)
        : base("create", "Create a topic.", context)
    {
        Add(_topic);
        Add(_partitions);
        Add(_replicationFactor);
        Add(_configs);
        Add(_ifNotExists);
    }

    protected override Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation) => WithoutClientAsync();
}
