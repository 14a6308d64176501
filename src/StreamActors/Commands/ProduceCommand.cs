using System.CommandLine;
using System.Text;
using StreamActors.Client;
using StreamActors.Client.Admin;
using StreamActors.Client.Errors;
using StreamActors.Client.Producer;
using StreamActors.Cluster;
using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;

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
        _file.Check(path => [path is null || File.Exists(path) ? null : $"--file: there is no file '{path}'"]);
        Add(_topic);
        Add(_keySeparator);
        Add(_headers);
        Add(_partition);
        Add(_acks);
        Add(_compression);
        Add(_file);
    }

    protected override async Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation)
    {
        var topic = arguments.GetRequiredValue(_topic);
        var client = ClientOptions(arguments);
        if (!await ExistsAsync(topic, client, cancellation))
            client = client with { AllowAutoTopicCreation = true, ApiTimeout = Min(client.ApiTimeout, TimeSpan.FromSeconds(3)) };

        using var file = arguments.GetValue(_file) is { } path ? new StreamReader(path) : null;
        await using var producer = new KafkaProducer(client, Settings(arguments));
        var deliveries = new Deliveries();
        string? problem = null;
        await foreach (var line in LineSource.ReadAsync(file ?? Context.In, cancellation))
        {
            if (deliveries.Error is not null) break;
            if (Record(arguments, topic, line) is not { } record)
            {
                problem = $"no '{arguments.GetValue(_keySeparator)}' in line {deliveries.Count + 1}: {line}";
                break;
            }

            deliveries.Add(await producer.EnqueueAsync(record, cancellation));
        }

        await producer.FlushAsync(cancellation);
        await deliveries.SettleAsync();
        await Context.Error.WriteLineAsync($"{deliveries.Delivered} records written to {topic}{(deliveries.Failed > 0 ? $", {deliveries.Failed} were not" : "")}.");
        if (deliveries.Error is { } error) return Failed(error);
        if (problem is null) return (int)ExitCode.Ok;
        Context.WriteError(problem);
        return (int)ExitCode.Failed;
    }

    private ProducerOptions Settings(ParseResult arguments)
    {
        var acks = arguments.GetValue(_acks) switch
        {
            "0" => Acks.None,
            "1" => Acks.Leader,
            _ => Acks.All,
        };
        return new ProducerOptions
        {
            Acks = acks,
            EnableIdempotence = acks == Acks.All,
            Compression = Enum.Parse<CompressionCodec>(arguments.GetValue(_compression)!, ignoreCase: true),
            BatchSize = 64 * 1024,
            DeliveryTimeout = Timeout(arguments),
        };
    }

    private ProducerRecord? Record(ParseResult arguments, string topic, string line)
    {
        var (key, value) = ((string?)null, line);
        if (arguments.GetValue(_keySeparator) is { Length: > 0 } separator)
        {
            var at = line.IndexOf(separator, StringComparison.Ordinal);
            if (at < 0) return null;
            (key, value) = (line[..at], line[(at + separator.Length)..]);
        }

        return new ProducerRecord(topic, key, value)
        {
            Partition = arguments.GetValue(_partition),
            Headers = [.. (arguments.GetValue(_headers) ?? []).Select(CommandOptions.Split).Select(h => new RecordHeader(h.Key, Encoding.UTF8.GetBytes(h.Value)))],
        };
    }

    private static async Task<bool> ExistsAsync(string topic, KafkaClientOptions client, CancellationToken cancellation)
    {
        await using var admin = new KafkaAdmin(client);
        try
        {
            await admin.DescribeTopicAsync(topic, cancellation);
            return true;
        }
        catch (KafkaException e) when (e.Code == ErrorCode.UnknownTopicOrPartition)
        {
            return false; // the broker may create it when it is written to
        }
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>Counts what became of the records, without keeping more of them than are under way.</summary>
    private sealed class Deliveries
    {
        private readonly Queue<Task<RecordMetadata>> underWay = new();

        public long Count { get; private set; }

        public long Delivered { get; private set; }

        public long Failed { get; private set; }

        /// <summary>The first that came.</summary>
        public KafkaException? Error { get; private set; }

        public void Add(Task<RecordMetadata> delivery)
        {
            Count++;
            underWay.Enqueue(delivery);
            while (underWay.TryPeek(out var first) && first.IsCompleted) Note(underWay.Dequeue());
        }

        public async Task SettleAsync()
        {
            while (underWay.TryDequeue(out var next))
            {
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Note(next);
            }
        }

        private void Note(Task<RecordMetadata> delivery)
        {
            if (delivery.IsCompletedSuccessfully)
            {
                Delivered++;
                return;
            }

            Failed++;
            Error ??= delivery.Exception!.InnerException as KafkaException ?? throw delivery.Exception;
        }
    }
}
