using StreamActors.Protocol;
using StreamActors.Protocol.Records;

namespace StreamActors.Client.Producer;

/// <summary>What becomes of a batch after an answer.</summary>
internal enum Verdict
{
    Delivered,
    Retry,

    /// <summary>Final, and nothing that follows it depends on it.</summary>
    Fail,

    /// <summary>Final, and its sequence numbers are missing now: the partition starts again under a new epoch.</summary>
    FailAndRestart,

    /// <summary>The broker has forgotten this producer: again, under a new epoch.</summary>
    Restart,
}

/// <summary>
/// The batches of one partition in their order, and the idempotent producer's state there: identity, next sequence, what is in
/// flight (KIP-98, KIP-360). No I/O, no clock; guarded by the accumulator's lock.
/// </summary>
/// <remarks>
/// When a batch has failed for good, its sequence numbers leave a hole that the broker does not accept. The partition then stops
/// sending, waits for the answers that are under way, and begins anew at sequence 0 under the next epoch. Batches that the broker
/// certainly has not got go along; one that it may have would be written twice, so that one fails.
/// </remarks>
internal sealed class PartitionQueue(TopicPartition partition, bool isIdempotent)
{
    private readonly LinkedList<ProducerBatch> waiting = [];
    private readonly List<ProducerBatch> inFlight = [];

    public TopicPartition Partition => partition;

    public ProducerId ProducerId { get; private set; } = ProducerId.None;

    public short ProducerEpoch { get; private set; }

    public int NextSequence { get; private set; }

    public bool MustRestart { get; private set; }

    /// <summary>The producer id whose epochs are used up here, so that another one is needed.</summary>
    public ProducerId? Exhausted { get; private set; }

    public int InFlight => inFlight.Count;

    public bool IsEmpty => waiting.Count == 0 && inFlight.Count == 0;

    public ProducerBatch? First => waiting.First?.Value;

    /// <summary>The batch that takes records; null where a new one has to be begun.</summary>
    public ProducerBatch? Open => waiting.Last?.Value is { IsClosed: false } last ? last : null;

    /// <summary>More than the open batch waits.</summary>
    public bool HasFull => waiting.Count > 1;

    public IEnumerable<ProducerBatch> Incomplete => inFlight.Concat(waiting);

    public bool IsWaiting(ProducerBatch batch) => waiting.Contains(batch);

    public void Add(ProducerBatch batch) => waiting.AddLast(batch);

    public void Identify(ProducerId id, short epoch)
    {
        ProducerId = id;
        ProducerEpoch = epoch;
        NextSequence = 0;
    }

    /// <summary>Takes the first batch to be sent, with its sequence numbers.</summary>
    public ProducerBatch Take()
    {
        var batch = waiting.First!.Value;
        waiting.RemoveFirst();
        batch.IsClosed = true;
        batch.Attempts++;
        if (isIdempotent && batch.BaseSequence < 0)
        {
            batch.BaseSequence = NextSequence;
            NextSequence = Sequences.Add(NextSequence, batch.Count);
        }

        inFlight.Add(batch);
        return batch;
    }

    public Verdict Judge(ProducerBatch batch, ErrorCode error)
    {
        var isSequenced = isIdempotent && batch.BaseSequence >= 0;
        switch (error)
        {
            case ErrorCode.None or ErrorCode.DuplicateSequenceNumber:
                return Verdict.Delivered;
            // Its predecessor has not arrived: it is being sent again, or a restart is due. Being the first, it means that records are lost.
            case ErrorCode.OutOfOrderSequenceNumber when isSequenced:
                return MustRestart || !IsFirst(batch) ? Verdict.Retry : Verdict.FailAndRestart;
            case ErrorCode.UnknownProducerId when isSequenced:
                return !IsFirst(batch) ? Verdict.Retry : batch.MayBeWritten ? Verdict.FailAndRestart : Verdict.Restart;
            default:
                return error.IsRetriable() ? Verdict.Retry : isSequenced ? Verdict.FailAndRestart : Verdict.Fail;
        }
    }

    /// <summary>The batch is answered for good.</summary>
    public void Remove(ProducerBatch batch, bool leavesHole)
    {
        inFlight.Remove(batch);
        waiting.Remove(batch);
        MustRestart |= leavesHole;
    }

    /// <summary>Back into the line, in the order of the sequence numbers.</summary>
    public void Return(ProducerBatch batch, bool restart)
    {
        var place = inFlight.IndexOf(batch);
        inFlight.RemoveAt(place);
        MustRestart |= restart;
        // Batches that left after this one and are back already stay behind it.
        var node = waiting.First;
        while (node is not null && node.Value.BaseSequence >= 0 && IsBefore(node.Value, batch)) node = node.Next;
        if (node is null) waiting.AddLast(batch);
        else waiting.AddBefore(node, batch);
    }

    /// <summary>Starts again under the next epoch. Nothing may be in flight.</summary>
    /// <returns>The batches that cannot go along.</returns>
    public List<ProducerBatch> Restart()
    {
        if (inFlight.Count > 0) throw new InvalidOperationException($"{partition} restarts with {inFlight.Count} batches in flight, expected none");
        var doubtful = waiting.Where(batch => batch.BaseSequence >= 0 && batch.MayBeWritten).ToList();
        foreach (var batch in doubtful) waiting.Remove(batch);
        foreach (var batch in waiting) batch.BaseSequence = -1;
        if (ProducerEpoch == short.MaxValue) (Exhausted, ProducerId) = (ProducerId, ProducerId.None);
        else Identify(ProducerId, (short)(ProducerEpoch + 1));
        MustRestart = false;
        return doubtful;
    }

    /// <summary>No batch with lower sequence numbers is without an answer.</summary>
    private bool IsFirst(ProducerBatch batch) => !Incomplete.Any(other => other.BaseSequence >= 0 && other != batch && IsBefore(other, batch));

    /// <summary>In the order of sequence numbers, which have 31 bits and begin again at 0 after the highest.</summary>
    private static bool IsBefore(ProducerBatch one, ProducerBatch other) =>
        ((other.BaseSequence - one.BaseSequence) & int.MaxValue) is > 0 and < (1 << 30);
}
