using System.CommandLine;
using StreamActors.Client.Admin;
using StreamActors.Cluster;

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

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var topic = arguments.GetRequiredValue(_topic);
        ConfigChange[] changes =
        [
            .. CommandOptions.ToDictionary(arguments.GetValue(_configs)).Select(c => ConfigChange.Set(c.Key, c.Value)),
            .. (arguments.GetValue(_deleteConfigs) ?? []).Select(ConfigChange.Delete),
        ];
        await using var admin = new KafkaAdmin(ClientOptions(arguments));
        if (changes.Length > 0)
        {
            await admin.AlterConfigsAsync(ConfigResource.Topic(topic), changes, cancellationToken: cancellation);
            await Context.Out.WriteLineAsync($"Altered {changes.Length} settings of topic {topic}.");
        }

        if (arguments.GetValue(_partitions) is { } partitions)
        {
            await admin.CreatePartitionsAsync(topic, partitions, cancellationToken: cancellation);
            await Context.Out.WriteLineAsync($"Topic {topic} has {partitions} partitions.");
        }

        return (int)ExitCode.Ok;
    }
}
