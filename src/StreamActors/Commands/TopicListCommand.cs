using System.CommandLine;
using StreamActors.Client.Admin;
using StreamActors.Cluster;

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

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation)
    {
        await using var admin = new KafkaAdmin(ClientOptions(arguments));
        var topics = await admin.ListTopicsAsync(arguments.GetValue(_internal), cancellation);
        ListOutput.Write(
            Context.Out,
            arguments.GetValue(_output),
            ["name", "partitions", "replicationFactor", "topicId", "internal"],
            topics.Select(t => new object?[]
            {
                t.Name, t.Partitions.Length, t.Partitions.IsEmpty ? 0 : t.Partitions[0].Replicas.Length, t.TopicId.ToString(), t.IsInternal,
            }));
        return (int)ExitCode.Ok;
    }
}
