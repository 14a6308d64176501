using StreamActors.Client.Connections;
using StreamActors.Client.Errors;
using StreamActors.Protocol;

namespace StreamActors.Client.Producer;

/// <summary>Batches that leave now, by connection; batches that are over; when to look again without being woken.</summary>
internal sealed class DrainRound
{
    public Dictionary<KafkaClientConnection, List<ProducerBatch>> Requests { get; } = [];

    public List<(ProducerBatch Batch, KafkaException Error)> Failed { get; } = [];

    public TimeSpan Wake { get; private set; } = Timeout.InfiniteTimeSpan;

    public void WakeIn(TimeSpan time)
    {
        // A timer counts whole milliseconds: a little late is one round, a little early is many.
        var rounded = TimeSpan.FromMilliseconds(Math.Ceiling(time.TotalMilliseconds));
        if (Wake == Timeout.InfiniteTimeSpan || rounded < Wake) Wake = rounded;
    }
}

/// <summary>How the accumulator learns where a batch may go right now.</summary>
internal interface IRoutes
{
    /// <summary>The connection to the partition's leader; null where there is none yet, or it has enough to do. Then <see cref="Sender"/> is woken later.</summary>
    KafkaClientConnection? Find(TopicPartition partition);

    /// <summary>The identity for partitions that have none; null while it is being asked for.</summary>
    (ProducerId Id, short Epoch)? Identity(ProducerId? exhausted);

    /// <summary>Why there will never be an identity.</summary>
    KafkaException? Refused { get; }
}

/// <summary>All batches of a producer, by partition.</summary>
internal sealed class Accumulator(ProducerOptions options, BufferMemory memory, TimeProvider time)
{
    /// <summary>A broker remembers the last five batches of a producer in a partition; without sequences only one at a time keeps the order.</summary>
    private readonly int inFlightPerPartition = options.EnableIdempotence || options.Acks == Acks.None ? options.MaxInFlightRequests : 1;

    private readonly Lock mutex = new();
    private readonly Dictionary<TopicPartition, PartitionQueue> queues = [];
    private int flushes;

    /// <returns>The delivery, and whether the sender has to look.</returns>
    public (Task<RecordMetadata> Delivered, bool Wakes) Append(TopicPartition partition, ProducerRecord record, TimestampMs timestamp, int reserved)
    {
        lock (mutex)
        {
            if (!queues.TryGetValue(partition, out var queue)) queues.Add(partition, queue = new PartitionQueue(partition, options.EnableIdempotence));
            var batch = queue.Open;
            var isNew = batch is null || !batch.HasRoomFor(record.SizeBound, options.BatchSize);
            if (isNew)
            {
                if (batch is not null) batch.IsClosed = true;
                queue.Add(batch = new ProducerBatch(partition, options, time));
            }

            return (batch!.Append(record, timestamp, reserved), isNew || batch.Size >= options.BatchSize);
        }
    }

    public DrainRound Drain(IRoutes routes)
    {
        var round = new DrainRound();
        lock (mutex)
        {
            foreach (var queue in queues.Values)
            {
                Expire(queue, round);
                if (queue.MustRestart && queue.InFlight == 0) Restart(queue, round);
                if (routes.Refused is { } refused) FailAll(queue, refused, round);
                if (!IsReady(queue, round) || !IsIdentified(queue, routes) || routes.Find(queue.Partition) is not { } connection) continue;
                if (!round.Requests.TryGetValue(connection, out var request)) round.Requests.Add(connection, request = []);
                if (request.Count > 0 && request.Sum(b => b.Size) + queue.First!.Size > options.MaxRequestSize) round.WakeIn(TimeSpan.Zero);
                else request.Add(queue.Take());
            }
        }

        return round;
    }

    /// <summary>Under which identity a batch that was drained travels.</summary>
    public (ProducerId Id, short Epoch) IdentityOf(ProducerBatch batch)
    {
        lock (mutex) return (queues[batch.Partition].ProducerId, queues[batch.Partition].ProducerEpoch);
    }

    /// <summary>Decides what becomes of a batch after an answer; true where that is final, and it is for the caller to say so to those who wait.</summary>
    public bool Settle(ProducerBatch batch, KafkaException? error, TimeSpan pause)
    {
        lock (mutex)
        {
            var queue = queues[batch.Partition];
            var verdict = queue.Judge(batch, error?.Code ?? ErrorCode.None);
            batch.LastError = error;
            batch.MayBeWritten |= error is not null && error.Code.MayHaveBeenWritten();
            var isSequenced = batch.BaseSequence >= 0;
            switch (verdict)
            {
                case Verdict.Retry or Verdict.Restart when !batch.Done.IsCompleted && !batch.Delivery.IsOver:
                    batch.RetryAfter = new Deadline(time, pause);
                    queue.Return(batch, restart: verdict == Verdict.Restart);
                    return false;
                case Verdict.Delivered or Verdict.Fail:
                    queue.Remove(batch, leavesHole: false);
                    return true;
                default:
                    queue.Remove(batch, leavesHole: isSequenced);
                    return true;
            }
        }
    }

    /// <summary>Until it is disposed batches do not linger.</summary>
    public FlushScope BeginFlush()
    {
        lock (mutex)
        {
            flushes++;
            return new FlushScope(this, [.. queues.Values.SelectMany(queue => queue.Incomplete).Select(batch => batch.Done)]);
        }
    }

    public readonly struct FlushScope(Accumulator accumulator, IReadOnlyList<Task> incomplete) : IDisposable
    {
        public IReadOnlyList<Task> Incomplete => incomplete;

        public void Dispose()
        {
            lock (accumulator.mutex) accumulator.flushes--;
        }
    }

    private void Expire(PartitionQueue queue, DrainRound round)
    {
        foreach (var batch in queue.Incomplete.ToArray())
        {
            if (batch.Done.IsCompleted) continue;
            if (!batch.Delivery.IsOver)
            {
                round.WakeIn(batch.Delivery.Remaining);
                continue;
            }

            var why = batch.LastError is { } last ? $" The last error: {last.Message}" : "";
            var error = new KafkaException(
                ErrorCode.RequestTimedOut, $"{batch.Count} records for {queue.Partition} were not delivered within {options.DeliveryTimeout.TotalSeconds:0.###} s.{why}");
            // One that is under way stays in the queue until its answer comes: it holds sequence numbers.
            if (queue.IsWaiting(batch)) queue.Remove(batch, leavesHole: batch.BaseSequence >= 0);
            round.Failed.Add((batch, error));
        }
    }

    private static void Restart(PartitionQueue queue, DrainRound round)
    {
        foreach (var batch in queue.Restart())
        {
            round.Failed.Add((batch, new KafkaException(
                batch.LastError?.Code ?? ErrorCode.OutOfOrderSequenceNumber,
                $"{batch.Count} records for {queue.Partition} may have been written or not; after the loss of a batch before them they cannot be sent again safely.")));
        }
    }

    private static void FailAll(PartitionQueue queue, KafkaException error, DrainRound round)
    {
        while (queue.First is { } batch)
        {
            queue.Remove(batch, leavesHole: false);
            round.Failed.Add((batch, error));
        }
    }

    private bool IsReady(PartitionQueue queue, DrainRound round)
    {
        if (queue.First is not { } batch || queue.MustRestart || queue.InFlight >= inFlightPerPartition) return false;
        if (batch.RetryAfter is { IsOver: false } pause)
        {
            round.WakeIn(pause.Remaining);
            return false;
        }

        if (batch.IsClosed || queue.HasFull || batch.Size >= options.BatchSize || flushes > 0 || memory.IsExhausted || batch.Linger.IsOver) return true;
        round.WakeIn(batch.Linger.Remaining);
        return false;
    }

    private bool IsIdentified(PartitionQueue queue, IRoutes routes)
    {
        if (!options.EnableIdempotence || !queue.ProducerId.IsNone) return true;
        if (routes.Identity(queue.Exhausted) is not var (id, epoch)) return false;
        queue.Identify(id, epoch);
        return true;
    }
}
