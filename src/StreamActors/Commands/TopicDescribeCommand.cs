using System.CommandLine;
using StreamActors.Client.Admin;
using StreamActors.Cluster;
using StreamActors.Protocol;

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

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation)
    {
        await using var admin = new KafkaAdmin(ClientOptions(arguments));
        var names = arguments.GetValue(_topics) is { Length: > 0 } given ? given : [.. (await admin.ListTopicsAsync(cancellationToken: cancellation)).Select(t => t.Name)];
        var topics = new List<TopicDescription>();
        foreach (var name in names)
        {
            var configs = await admin.DescribeConfigsAsync(ConfigResource.Topic(name), cancellation);
            topics.Add(new TopicDescription(
                await admin.DescribeTopicAsync(name, cancellation),
                arguments.GetValue(_configs) ? configs : [.. configs.Where(c => c.Source == ConfigSource.DynamicTopic)]));
        }

        if (arguments.GetValue(_output) == OutputFormat.Json) TopicDescription.WriteJson(Context.Out, topics);
        else topics.ForEach(topic => topic.WriteTable(Context.Out));
        return (int)ExitCode.Ok;
    }
}
