using System.CommandLine;
using StreamActors.Client;
using StreamActors.Client.Admin;
using StreamActors.Client.Consumer;
using StreamActors.Client.Errors;
using StreamActors.Cluster;
using StreamActors.Configuration.Hocon;
using StreamActors.Protocol;

namespace StreamActors.Commands;

/// <summary><c>streamactors consume</c>: a line for each record.</summary>
internal sealed class ConsumeCommand : ClientCommand
{
    private readonly Argument<string> _topic = CommandOptions.Topic();
    private readonly Option<bool> _fromBeginning = new("--from-beginning") { Description = "From the first record on; otherwise only what comes from now on." };
    private readonly Option<string?> _group = new("--group", "-g") { Description = "Go on where this group has committed, and commit what was printed. All partitions are read: they are not shared with other members.", HelpName = "GROUP" };
    private readonly Option<int?> _partition = CommandOptions.Number("--partition", "One partition only.", 0, "-p");
    private readonly Option<long?> _offset = new("--offset") { Description = "First offset; needs --partition.", HelpName = "N" };
    private readonly Option<int?> _count = CommandOptions.Number("--count", "Stop after so many records.", 1, "-n", "--max-messages");
    private readonly Option<bool> _untilEnd = new("--until-end", "-e") { Description = "Stop at the end that the partitions had at the start." };
    private readonly Option<string?> _idleTimeout = new("--idle-timeout") { Description = "Stop when no record has come for so long.", HelpName = "DURATION" };
    private readonly Option<string?> _keySeparator = new("--key-separator", "-K") { Description = "Print key and value with this between them; without it values only.", HelpName = "TEXT" };
    private readonly Option<OutputFormat> _output = CommandOptions.RecordFormat();

    public ConsumeCommand(CommandContext context)
        : base("consume", "Print a line for each record.", context)
    {
        Add(_topic);
        Add(_fromBeginning);
        Add(_group);
        Add(_partition);
        Add(_offset);
        Add(_count);
        Add(_untilEnd);
        Add(_idleTimeout);
        Add(_keySeparator);
        Add(_output);
        _idleTimeout.Check(text => [text is null || (HoconUnits.TryDuration(text, out var idle) && idle > TimeSpan.Zero) ? null : $"--idle-timeout must be {HoconUnits.Durations}"]);
        Validators.Add(result =>
        {
            if (result.GetResult(_offset) is not null && result.GetResult(_partition) is null)
                result.AddError("--offset needs --partition");
            if (result.GetResult(_group) is not null && result.GetResult(_partition) is not null)
                result.AddError("--group and --partition exclude each other");
        });
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var client = ClientOptions(arguments);
        await using var admin = new KafkaAdmin(client);
        var partitions = await PartitionsAsync(admin, arguments, cancellation);
        var ends = arguments.GetValue(_untilEnd) ? await EndsAsync(admin, partitions, cancellation) : null;
        await using var consumer = new KafkaConsumer(client, new ConsumerOptions { OffsetReset = OffsetReset.Earliest });
        consumer.Assign(await StartsAsync(admin, partitions, arguments, cancellation));

        var output = new RecordOutput(Context.Out, arguments.GetValue(_output), arguments.GetValue(_keySeparator));
        var left = arguments.GetValue(_count) ?? int.MaxValue;
        var wait = arguments.GetValue(_idleTimeout) is { } text && HoconUnits.TryDuration(text, out var idle) ? idle : (TimeSpan?)null;
        while (left > 0 && (ends is null || partitions.Any(p => consumer.Position(p) is not { } position || position < ends[p].Offset)))
        {
            var records = await consumer.PollAsync(wait ?? TimeSpan.FromSeconds(1), cancellation);
            if (records.Count == 0 && wait is not null) break;
            if (ends is not null) records = [.. records.Where(r => r.Offset < ends[r.Partition].Offset)];
            if (records.Count > left) records = [.. records.Take(left)];
            output.Write(records);
            left -= records.Count;
            if (arguments.GetValue(_group) is { } group && records.Count > 0) await CommitAsync(admin, group, records, cancellation);
        }

        return (int)ExitCode.Ok;
    }

    private async Task<List<TopicPartition>> PartitionsAsync(KafkaAdmin admin, ParseResult arguments, CancellationToken cancellation)
    {
        var topic = await admin.DescribeTopicAsync(arguments.GetRequiredValue(_topic), cancellation);
        if (arguments.GetValue(_partition) is not { } only) return [.. topic.Partitions.Select(p => new TopicPartition(topic.Name, p.Index))];
        return only < topic.Partitions.Length
            ? [new TopicPartition(topic.Name, only)]
            : throw new KafkaException(ErrorCode.UnknownTopicOrPartition, $"Topic '{topic.Name}' has {topic.Partitions.Length} partitions, so no partition {only}.");
    }

    private async Task<Dictionary<TopicPartition, StartPosition>> StartsAsync(
        KafkaAdmin admin, List<TopicPartition> partitions, ParseResult arguments, CancellationToken cancellation)
    {
        var otherwise = arguments.GetValue(_offset) is { } offset ? StartPosition.At(new Offset(offset))
            : arguments.GetValue(_fromBeginning) ? StartPosition.Earliest
            : StartPosition.Latest;
        var committed = arguments.GetValue(_group) is { } group
            ? await admin.FetchGroupOffsetsAsync(group, partitions, cancellation)
            : new Dictionary<TopicPartition, CommittedOffset>();
        return partitions.ToDictionary(p => p, p => committed.TryGetValue(p, out var at) ? StartPosition.At(at.Offset) : otherwise);
    }

    private static ValueTask<IReadOnlyDictionary<TopicPartition, ListedOffset>> EndsAsync(
        KafkaAdmin admin, List<TopicPartition> partitions, CancellationToken cancellation) =>
        admin.ListOffsetsAsync(partitions.ToDictionary(p => p, _ => OffsetSpec.Latest), cancellationToken: cancellation);

    private static ValueTask CommitAsync(KafkaAdmin admin, string group, IReadOnlyList<ConsumedRecord> printed, CancellationToken cancellation)
    {
        var offsets = new Dictionary<TopicPartition, CommittedOffset>();
        foreach (var record in printed) offsets[record.Partition] = new CommittedOffset(record.Offset + 1, record.LeaderEpoch, "");
        return admin.CommitGroupOffsetsAsync(group, offsets, cancellation);
    }
}
