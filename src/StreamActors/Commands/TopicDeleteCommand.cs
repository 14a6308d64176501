using System.CommandLine;
using StreamActors.Client.Admin;
using StreamActors.Client.Errors;
using StreamActors.Cluster;
using StreamActors.Protocol;

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

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var exit = (int)ExitCode.Ok;
        await using var admin = new KafkaAdmin(ClientOptions(arguments));
        foreach (var topic in arguments.GetRequiredValue(_topics))
        {
            try
            {
                await admin.DeleteTopicAsync(topic, cancellation);
                await Context.Out.WriteLineAsync($"Deleted topic {topic}.");
            }
            catch (KafkaException e) when (e.Code == ErrorCode.UnknownTopicOrPartition)
            {
                // The others are deleted all the same.
                if (!arguments.GetValue(_ifExists)) exit = Failed(e);
            }
        }

        return exit;
    }
}
