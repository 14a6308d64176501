using System.CommandLine;

namespace StreamActors.Commands;

/// <summary><c>streamactors consume</c>: a line for each record.</summary>
internal sealed class ConsumeCommand : ClientCommand
{
    private readonly Argument<string> _topic = CommandOptions.Topic();
    private readonly Option<bool> _fromBeginning = new("--from-beginning") { Description = "From the first record on; otherwise only what comes from now on." };
    private readonly Option<string?> _group = new("--group", "-g") { Description = "Read as a member of a consumer group, and commit what was read.", HelpName = "GROUP" };
    private readonly Option<int?> _partition = CommandOptions.Number("--partition", "One partition only.", 0, "-p");
    private readonly Option<long?> _offset = new("--offset") { Description = "First offset; needs --partition.", HelpName = "N" };
    private readonly Option<int?> _maxMessages = CommandOptions.Number("--max-messages", "Stop after so many records.", 1, "-n");
    private readonly Option<bool> _untilEnd = new("--until-end", "-e") { Description = "Stop at the end that the partitions had at the start." };
    private readonly Option<string?> _keySeparator = new("--key-separator", "-K") { Description = "Print key and value with this between them; without it values only.", HelpName = "TEXT" };
    private readonly Option<OutputFormat> _output = CommandOptions.Output();

    public ConsumeCommand(CommandContext context)
        : base("consume", "Print a line for each record.", context)
    {
        _output.Description = "Lines of text, or json: an object on each line with partition, offset, timestamp, key, value and headers.";
        Add(_topic);
        Add(_fromBeginning);
        Add(_group);
        Add(_partition);
        Add(_offset);
        Add(_maxMessages);
        Add(_untilEnd);
        Add(_keySeparator);
        Add(_output);
        Validators.Add(result =>
        {
            if (result.GetResult(_offset) is not null && result.GetResult(_partition) is null)
                result.AddError("--offset needs --partition");
            if (result.GetResult(_group) is not null && result.GetResult(_partition) is not null)
                result.AddError("--group and --partition exclude each other");
        });
    }

    protected override Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation) => WithoutClientAsync();
}
