using StreamActors.Client.Errors;
using StreamActors.Protocol;

namespace StreamActors.Client.Consumer;

/// <summary>
/// Reads the partitions that it is assigned, without a group. One caller at a time. While the caller works on what
/// <see cref="PollAsync"/> gave, the next fetch of each partition is under way, but never more than that.
/// </summary>
public sealed class KafkaConsumer : IAsyncDisposable
{
    private readonly ClientCore core;
    private readonly ConsumerOptions options;
    private readonly Fetcher fetcher;
    private readonly AsyncSignal signal;
    private int nextPartition;

    public KafkaConsumer(KafkaClientOptions client, ConsumerOptions? consumer = null)
    {
        options = consumer ?? new ConsumerOptions();
        core = new ClientCore(client);
        signal = new AsyncSignal(client.Time);
        fetcher = new Fetcher(core, options, signal.Set);
    }

    public IReadOnlyList<TopicPartition> Assignment => [.. fetcher.Assigned.Select(each => each.Partition)];

    /// <summary>Reads these partitions from now on, and no others.</summary>
    public void Assign(IEnumerable<KeyValuePair<TopicPartition, StartPosition>> partitions) =>
        fetcher.Assign([.. partitions.Select(each => new AssignedPartition(each.Key, each.Value))]);

    public void Assign(TopicPartition partition, StartPosition start) => Assign([KeyValuePair.Create(partition, start)]);

    /// <summary>The partitions of a topic, waiting for it where brokers do not know it yet.</summary>
    /// <exception cref="KafkaException">No broker knew it within <see cref="KafkaClientOptions.ApiTimeout"/>.</exception>
    public async ValueTask<IReadOnlyList<TopicPartition>> PartitionsOfAsync(string topic, CancellationToken cancellationToken = default)
    {
        var metadata = await core.Metadata.GetTopicAsync(topic, core.After(core.Options.ApiTimeout), cancellationToken);
        return [.. metadata.Partitions.Select(p => new TopicPartition(topic, p.Index))];
    }

    public void Seek(TopicPartition partition, StartPosition to)
    {
        lock (fetcher.Mutex) Find(partition).Seek(to);
    }

    /// <summary>The offset of the next record; null while it is being looked up.</summary>
    public Offset? Position(TopicPartition partition)
    {
        lock (fetcher.Mutex) return Find(partition) is { Lookup: null } located ? located.Position : null;
    }

    /// <summary>One beyond the last record that consumers may see, as the last fetch told it; null before the first.</summary>
    public Offset? HighWatermark(TopicPartition partition)
    {
        lock (fetcher.Mutex) return Find(partition).HighWatermark is { Value: >= 0 } known ? known : null;
    }

    /// <summary>The next records, of one or several partitions, each partition's in order; none where none came in time.</summary>
    /// <exception cref="KafkaException">
    /// A partition cannot be read: it does not exist, is not allowed, is damaged, or has no such offset and <see cref="OffsetReset.None"/>
    /// is set. The others go on with the next call.
    /// </exception>
    public async ValueTask<IReadOnlyList<ConsumedRecord>> PollAsync(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        var deadline = core.After(timeout);
        using var cancellation = cancellationToken.UnsafeRegister(static s => ((AsyncSignal)s!).Set(), signal);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var records = Take();
            var wake = fetcher.Start();
            if (records.Count > 0) return records;
            fetcher.ThrowIfFailed();
            if (deadline.IsOver) return records;
            await signal.WaitAsync(wake < deadline.Remaining ? wake : deadline.Remaining);
        }
    }

    public ValueTask DisposeAsync()
    {
        fetcher.Assign([]);
        core.Dispose();
        signal.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>What is buffered, beginning with another partition each time so that none starves.</summary>
    private List<ConsumedRecord> Take()
    {
        var records = new List<ConsumedRecord>();
        lock (fetcher.Mutex)
        {
            var assigned = fetcher.Assigned;
            for (var i = 0; i < assigned.Count && records.Count < options.MaxPollRecords; i++)
            {
                var partition = assigned[(nextPartition + i) % assigned.Count];
                if (partition.Buffered is not null) partition.Take(options.MaxPollRecords - records.Count, records);
            }

            nextPartition = assigned.Count == 0 ? 0 : (nextPartition + 1) % assigned.Count;
        }

        return records;
    }

    private AssignedPartition Find(TopicPartition partition) => fetcher.Assigned.FirstOrDefault(each => each.Partition == partition)
        ?? throw new InvalidOperationException($"{partition} is not assigned to this consumer.");
}
