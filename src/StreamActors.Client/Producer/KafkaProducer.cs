using StreamActors.Client.Errors;
using StreamActors.Protocol;
using StreamActors.Protocol.Records;

namespace StreamActors.Client.Producer;

/// <summary>
/// Produces records in batches, each once and in the order of the calls (per partition). May be called from several threads. Errors
/// are <see cref="KafkaException"/>s.
/// </summary>
public sealed class KafkaProducer : IAsyncDisposable
{
    private readonly ClientCore core;
    private readonly ProducerOptions options;
    private readonly BufferMemory memory;
    private readonly Accumulator accumulator;
    private readonly Sender sender;
    private readonly Lock mutex = new();
    private readonly Dictionary<string, TopicIntake> intakes = [];
    private bool isClosed;

    public KafkaProducer(KafkaClientOptions client, ProducerOptions? producer = null)
    {
        options = producer ?? new ProducerOptions();
        options.Validate();
        core = new ClientCore(client);
        memory = new BufferMemory(options.BufferMemory);
        accumulator = new Accumulator(options, memory, client.Time);
        sender = new Sender(core, options, accumulator, memory);
    }

    /// <summary>Done when the record is delivered. Not to be awaited one by one where many are to be fast: see <see cref="EnqueueAsync"/>.</summary>
    public async ValueTask<RecordMetadata> SendAsync(ProducerRecord record, CancellationToken cancellationToken = default) =>
        await await EnqueueAsync(record, cancellationToken);

    /// <summary>
    /// Done when the record is in a batch, which waits for metadata and for memory; what comes back is its delivery. Whoever
    /// awaits this and keeps the deliveries for later fills batches and stays within the producer's memory.
    /// </summary>
    /// <exception cref="KafkaException">The record is too large, or no broker knew the topic within <see cref="KafkaClientOptions.ApiTimeout"/>.</exception>
    public ValueTask<Task<RecordMetadata>> EnqueueAsync(ProducerRecord record, CancellationToken cancellationToken = default)
    {
        var size = record.SizeBound + RecordBatchHeader.Size;
        if (size > options.MaxRequestSize || size > options.BufferMemory)
        {
            throw new KafkaException(
                ErrorCode.MessageTooLarge, $"A record of {size} bytes is larger than the {Math.Min(options.MaxRequestSize, options.BufferMemory)} that this producer sends.");
        }

        TopicIntake? intake;
        lock (mutex)
        {
            ObjectDisposedException.ThrowIf(isClosed, this);
            if (!intakes.TryGetValue(record.Topic, out intake))
                intakes.Add(record.Topic, intake = new TopicIntake(record.Topic, core, options, accumulator, memory, sender));
        }

        return intake.EnqueueAsync(record, cancellationToken);
    }

    /// <summary>Sends what lingers; done when all that was enqueued before is delivered or has failed, which the deliveries tell.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        TopicIntake[] all;
        lock (mutex) all = [.. intakes.Values];
        foreach (var intake in all) await Until(intake.Drained, cancellationToken);

        using var flush = accumulator.BeginFlush();
        if (flush.Incomplete.Count > 0) sender.Wake();
        foreach (var batch in flush.Incomplete) await Until(batch, cancellationToken);
    }

    /// <summary>Takes no more records, flushes, closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (mutex)
        {
            if (isClosed) return;
            isClosed = true;
        }

        await FlushAsync();
        sender.Dispose();
        core.Dispose();
    }

    private static async Task Until(Task task, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled)
        {
            await task;
            return;
        }

        // Not WaitAsync: it would complete on a thread of the pool.
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = cancellationToken.UnsafeRegister(static (source, token) => ((TaskCompletionSource)source!).TrySetCanceled(token), cancelled);
        _ = ForwardAsync(task, cancelled);
        await cancelled.Task;
    }

    private static async Task ForwardAsync(Task task, TaskCompletionSource to)
    {
        await task;
        to.TrySetResult();
    }
}
