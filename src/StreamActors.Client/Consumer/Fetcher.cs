using StreamActors.Client.Errors;
using StreamActors.Client.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Client.Consumer;

/// <summary>
/// Brings each assigned partition on: finds its topic, looks up its position, fetches, decodes. <see cref="Start"/> begins what can be
/// begun; what is under way ends in the background and calls <paramref name="changed"/>.
/// </summary>
internal sealed class Fetcher(ClientCore core, ConsumerOptions options, Action changed)
{
    private readonly OffsetLookup lookup = new(core, options.IsolationLevel);
    private readonly HashSet<string> resolving = [];
    private readonly Queue<KafkaException> failures = new();
    private bool isRefreshing;

    public Lock Mutex { get; } = new();

    public IReadOnlyList<AssignedPartition> Assigned { get; private set; } = [];

    public void Assign(IReadOnlyList<AssignedPartition> partitions)
    {
        lock (Mutex)
        {
            Assigned = partitions;
            failures.Clear();
        }
    }

    public void ThrowIfFailed()
    {
        lock (Mutex)
        {
            if (failures.TryDequeue(out var failure)) throw failure;
        }
    }

    /// <summary>Begins what is due; says when more will be.</summary>
    public TimeSpan Start()
    {
        var wake = TimeSpan.MaxValue;
        lock (Mutex)
        {
            var image = core.Metadata.Current;
            var located = new List<AssignedPartition>();
            var unlocated = new List<AssignedPartition>();
            foreach (var each in Assigned)
            {
                if (each.IsBusy || each.Buffered is not null) continue;
                if (each.RetryAfter is { IsOver: false } pause)
                {
                    if (pause.Remaining < wake) wake = pause.Remaining;
                }
                else if (!core.Metadata.Want(each.Partition.Topic) && image.Topic(each.Partition.Topic) is null) Resolve(each.Partition.Topic);
                else if (image.Partition(each.Partition) is null) NoSuchPartition(each, image);
                else if (image.LeaderOf(each.Partition) is null) Refresh();
                else (each.Lookup is null ? located : unlocated).Add(each);
            }

            if (core.Metadata.IsStale && Assigned.Count > 0) Refresh();
            foreach (var each in located.Concat(unlocated)) each.IsBusy = true;
            if (unlocated.Count > 0) _ = LocateAsync([.. unlocated.Select(each => (each, each.Generation))]);
            foreach (var leader in located.GroupBy(each => image.LeaderOf(each.Partition)!))
                _ = FetchAsync(leader.Key, [.. leader.Select(each => (each, each.Generation, each.FetchOffset))], image);
        }

        return wake;
    }

    private async Task LocateAsync(List<(AssignedPartition Partition, int Generation)> wanted)
    {
        await Task.Yield(); // out of the lock
        var results = await lookup.AskAsync(wanted.ToDictionary(each => each.Partition.Partition, each => each.Partition.Lookup ?? OffsetSpec.Latest));
        lock (Mutex)
        {
            foreach (var (partition, generation) in wanted)
            {
                partition.IsBusy = false;
                if (partition.Generation != generation || partition.Lookup is not { } spec) continue;
                var (offset, error) = results[partition.Partition];
                if (error is not null) Failed(partition, error);
                else if (offset.Offset.Value >= 0) partition.Locate(offset.Offset);
                else if (spec != OffsetSpec.Latest) partition.Seek(StartPosition.Latest); // nothing is as young as that
                else Failed(partition, new KafkaException(ErrorCode.OffsetNotAvailable, $"{partition.Partition} has no end."));
            }
        }

        changed();
    }

    private async Task FetchAsync(BrokerNode leader, List<(AssignedPartition Partition, int Generation, Offset Offset)> wanted, ClusterImage image)
    {
        await Task.Yield(); // out of the lock
        Dictionary<TopicPartition, FetchResponse.PartitionData>? answers = null;
        KafkaException? failure = null;
        try
        {
            var connection = await core.Pool.GetAsync(leader.Address);
            answers = await FetchExchange.SendAsync(
                connection, [.. wanted.Select(each => (each.Partition.Partition, each.Offset))], image, options, core.Options.RequestTimeout);
        }
        catch (KafkaException e)
        {
            failure = e;
        }
        catch (ObjectDisposedException)
        {
            return; // the consumer was closed meanwhile
        }

        foreach (var (partition, generation, offset) in wanted)
        {
            var data = answers?.GetValueOrDefault(partition.Partition);
            Accept(partition, generation, offset, data, failure);
        }

        changed();
    }

    private void Accept(AssignedPartition partition, int generation, Offset from, FetchResponse.PartitionData? data, KafkaException? failure)
    {
        DecodedRecords? records = null;
        try
        {
            if (data is { ErrorCode: 0 }) records = FetchDecoder.Decode(partition.Partition, data, from, options);
        }
        catch (KafkaException e)
        {
            failure = e;
        }

        lock (Mutex)
        {
            partition.IsBusy = false;
            if (partition.Generation != generation) return;
            if (records is not null)
            {
                partition.Succeeded();
                partition.HighWatermark = new Offset(data!.HighWatermark);
                partition.Buffer(records);
            }
            else if (data is { ErrorCode: (short)ErrorCode.OffsetOutOfRange } && options.OffsetReset != OffsetReset.None)
            {
                partition.Seek(options.OffsetReset == OffsetReset.Earliest ? StartPosition.Earliest : StartPosition.Latest);
            }
            else
            {
                Failed(partition, failure ?? (data is null
                    ? new KafkaException(ErrorCode.NetworkException, $"The broker's answer leaves {partition.Partition} out.")
                    : KafkaException.Of((ErrorCode)data.ErrorCode, $"Fetch of {partition.Partition} at {from}")));
            }
        }
    }

    private void Failed(AssignedPartition partition, KafkaException error)
    {
        if (error.Code.IsAboutMetadata()) core.Metadata.Invalidate();
        partition.RetryAfter = core.After(core.Backoff.Retry(++partition.Failures));
        // Damage is retriable (another replica may be sound), but the caller has to know.
        if (error.Kind != ErrorKind.Retriable || error.Code == ErrorCode.CorruptMessage) failures.Enqueue(error);
    }

    private void NoSuchPartition(AssignedPartition partition, ClusterImage image)
    {
        var count = image.Topic(partition.Partition.Topic)!.Partitions.Length;
        partition.RetryAfter = core.After(core.Backoff.Retry(++partition.Failures));
        core.Metadata.Invalidate();
        failures.Enqueue(new KafkaException(ErrorCode.UnknownTopicOrPartition, $"{partition.Partition} does not exist: the topic has {count} partitions."));
    }

    private void Resolve(string topic)
    {
        if (resolving.Add(topic)) _ = ResolveAsync(topic);
    }

    private async Task ResolveAsync(string topic)
    {
        await Task.Yield(); // out of the lock
        KafkaException? failure = null;
        try
        {
            await core.Metadata.GetTopicAsync(topic, core.After(core.Options.ApiTimeout));
        }
        catch (KafkaException e)
        {
            failure = e;
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        lock (Mutex)
        {
            resolving.Remove(topic);
            if (failure is not null) failures.Enqueue(failure);
        }

        changed();
    }

    private void Refresh()
    {
        if (isRefreshing) return;
        isRefreshing = true;
        _ = RefreshAsync();
    }

    private async Task RefreshAsync()
    {
        core.Metadata.Invalidate();
        try
        {
            await core.Metadata.RefreshAsync();
        }
        catch (Exception e) when (e is KafkaException or ObjectDisposedException)
        {
            core.Metadata.Invalidate();
        }

        lock (Mutex) isRefreshing = false;
        changed();
    }
}
