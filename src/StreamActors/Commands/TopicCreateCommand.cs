using System.CommandLine;
using StreamActors.Client.Admin;
using StreamActors.Client.Errors;
using StreamActors.Cluster;
using StreamActors.Protocol;

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

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var name = arguments.GetRequiredValue(_topic);
        var topic = new NewTopic(name, arguments.GetValue(_partitions) ?? -1, checked((short)(arguments.GetValue(_replicationFactor) ?? -1)))
        {
            Configs = CommandOptions.ToDictionary(arguments.GetValue(_configs)),
        };
        await using var admin = new KafkaAdmin(ClientOptions(arguments));
        try
        {
            var created = await admin.CreateTopicAsync(topic, cancellationToken: cancellation);
            var size = created.Partitions < 0 ? "" : $" with {created.Partitions} partitions, replication factor {created.ReplicationFactor}";
            await Context.Out.WriteLineAsync($"Created topic {name}{size}.");
        }
        catch (KafkaException e) when (e.Code == ErrorCode.TopicAlreadyExists && arguments.GetValue(_ifNotExists))
        {
            await Context.Out.WriteLineAsync($"Topic {name} exists already.");
        }

        return (int)ExitCode.Ok;
    }
}
