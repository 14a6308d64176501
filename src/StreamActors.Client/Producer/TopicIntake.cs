using StreamActors.Client.Errors;
using StreamActors.Protocol;

namespace StreamActors.Client.Producer;

/// <summary>A record that waits for metadata or memory before it can go into a batch.</summary>
internal sealed class WaitingRecord(ProducerRecord record, Deadline deadline)
{
    private readonly TaskCompletionSource<Task<RecordMetadata>> appended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int claims;

    public ProducerRecord Record => record;

    public Deadline Deadline => deadline;

    public Task<Task<RecordMetadata>> Appended => appended.Task;

    /// <summary>True for one caller only: either it is appended or its wait is cancelled.</summary>
    public bool TryClaim() => Interlocked.Increment(ref claims) == 1;

    public void SetAppended(Task<RecordMetadata> delivered) => appended.TrySetResult(delivered);

    public void Fail(KafkaException error) => appended.TrySetException(error);

    public void Cancel(CancellationToken cancellationToken)
    {
        if (TryClaim()) appended.TrySetCanceled(cancellationToken);
    }
}

/// <summary>
/// The way of one topic's records into batches, in the order of the calls: at once where metadata and memory are there, else through a
/// line that one loop works off.
/// </summary>
internal sealed class TopicIntake(string topic, ClientCore core, ProducerOptions options, Accumulator accumulator, BufferMemory memory, Sender sender)
{
    private readonly Lock mutex = new();
    private readonly Queue<WaitingRecord> line = new();
    private readonly StickyPartitioner sticky = new(core.Backoff, options.BatchSize);
    private Task pump = Task.CompletedTask;
    private bool isPumping;

    /// <summary>Done when all that is in line now has been appended or has failed.</summary>
    public Task Drained
    {
        get
        {
            lock (mutex) return isPumping ? pump : Task.CompletedTask;
        }
    }

    public async ValueTask<Task<RecordMetadata>> EnqueueAsync(ProducerRecord record, CancellationToken cancellationToken)
    {
        WaitingRecord waiting;
        lock (mutex)
        {
            var size = record.SizeBound;
            if (!isPumping && core.Metadata.Want(topic) && memory.TryReserve(size)) return Append(record, size);
            line.Enqueue(waiting = new WaitingRecord(record, core.After(core.Options.ApiTimeout)));
            if (!isPumping)
            {
                isPumping = true;
                pump = PumpAsync();
            }
        }

        Task<RecordMetadata> delivered;
        using (cancellationToken.UnsafeRegister(static (w, token) => ((WaitingRecord)w!).Cancel(token), waiting)) delivered = await waiting.Appended;
        return delivered;
    }

    private async Task PumpAsync()
    {
        await Task.Yield(); // out of the lock
        while (Next() is { } next)
        {
            var size = next.Record.SizeBound;
            try
            {
                await core.Metadata.GetTopicAsync(topic, next.Deadline);
                await memory.ReserveAsync(size);
                if (!next.TryClaim())
                {
                    memory.Release(size);
                    continue;
                }

                lock (mutex) next.SetAppended(Append(next.Record, size));
            }
            catch (KafkaException e)
            {
                next.Fail(e);
            }
        }
    }

    private WaitingRecord? Next()
    {
        lock (mutex)
        {
            if (line.TryDequeue(out var next)) return next;
            isPumping = false;
            return null;
        }
    }

    /// <summary>Puts it into its batch. Where there is no such partition, the delivery fails.</summary>
    private Task<RecordMetadata> Append(ProducerRecord record, int size)
    {
        var metadata = core.Metadata.Current.Topic(topic)!;
        var partition = record.Partition
            ?? (record.Key is { } key ? Murmur2.Partition(key.Span, metadata.Partitions.Length) : sticky.Choose(metadata, size));
        if ((uint)partition >= (uint)metadata.Partitions.Length)
        {
            memory.Release(size);
            return Task.FromException<RecordMetadata>(new KafkaException(
                ErrorCode.UnknownTopicOrPartition, $"Topic '{topic}' has {metadata.Partitions.Length} partitions, so no partition {partition}."));
        }

        var (delivered, wakes) = accumulator.Append(new TopicPartition(topic, partition), record, record.Timestamp ?? core.Now, size);
        if (wakes) sender.Wake();
        return delivered;
    }
}
