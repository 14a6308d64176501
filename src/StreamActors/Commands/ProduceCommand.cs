using System.CommandLine;

namespace StreamActors.Commands;

/// <summary><c>streamactors produce</c>: a record for each line of the input.</summary>
internal sealed class ProduceCommand : ClientCommand
{
    private readonly Argument<string> _topic = CommandOptions.Topic();
    private readonly Option<string?> _keySeparator = new("--key-separator", "-K") { Description = "What stands between key and value on a line; without it lines are values.", HelpName = "TEXT" };
    private readonly Option<string[]> _headers = new("--header", "-H") { Description = "A header of every record.", HelpName = "NAME=VALUE", DefaultValueFactory = _ => [] };
    private readonly Option<int?> _partition = CommandOptions.Number("--partition", "Partition of all records; by key if not given.", 0, "-p");
    private readonly Option<string> _acks = new("--acks") { Description = "Who must have a record before it counts: all, 1 (the leader) or 0.", DefaultValueFactory = _ => "all" };
    private readonly Option<string> _compression = new("--compression", "-z") { Description = "none, gzip, snappy, lz4 or zstd.", DefaultValueFactory = _ => "none" };
    private readonly Option<string?> _file = new("--file", "-f") { Description = "Where lines are read from; the standard input if not given.", HelpName = "FILE" };

    public ProduceCommand(CommandContext context)
        : base("produce", "Write a record for each line of the input.", context)
    {
        _acks.AcceptOnlyFromAmong("all", "1", "0");
        _compression.AcceptOnlyFromAmong("none", "gzip", "snappy", "lz4", "zstd");
        _headers.Check(texts => texts.Select(text => text.IndexOf('=', StringComparison.Ordinal) > 0 ? null : $"--header must be NAME=VALUE, not '{text}'"));
        Add(_topic);
        Add(_keySeparator);
        Add(_headers);
        Add(_partition);
        Add(_acks);
        Add(_compression);
        Add(_file);
    }

    protected override Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation) => WithoutClientAsync();
}
