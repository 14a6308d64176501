using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Index;

namespace StreamActors.Storage.Producers;

/// <summary>A producer as DescribeProducers tells of it.</summary>
public readonly record struct ProducerDescription(
    ProducerId ProducerId, short Epoch, int LastSequence, TimestampMs LastTimestamp, int CoordinatorEpoch, Offset TransactionStart);

/// <summary>What a producer's batch deserves: an error, the offset it already has, or to be appended.</summary>
internal readonly record struct ProducerVerdict(ErrorCode Error, string? Message = null, WrittenBatch? Duplicate = null)
{
    public static readonly ProducerVerdict Fine = new(ErrorCode.None);
}

/// <summary>
/// The producers that write to a log: refuses what is out of order or of an old epoch, knows repetitions, follows transactions. Not thread-safe;
/// belongs to the log's writer.
/// </summary>
internal sealed class ProducerStates
{
    private readonly Dictionary<long, ProducerEntry> entries = [];

    public OpenTransactions Transactions { get; } = new();

    public IReadOnlyCollection<ProducerEntry> Entries => entries.Values;

    /// <summary>Judges a batch that a leader is about to append; changes nothing.</summary>
    public ProducerVerdict Judge(RecordBatchHeader batch, EndTransactionMarker? marker, int transactionVersion)
    {
        if (!batch.HasProducerId) return ProducerVerdict.Fine;
        entries.TryGetValue(batch.ProducerId, out var entry);
        var epoch = entry?.Epoch ?? -1;
        if (batch.ProducerEpoch < epoch)
            return new(ErrorCode.InvalidProducerEpoch, $"Producer {batch.ProducerId} has epoch {epoch} by now, the batch has {batch.ProducerEpoch}");
        if (marker is { } end)
        {
            return entry is not null && entry.CoordinatorEpoch > end.CoordinatorEpoch
                ? new(ErrorCode.TransactionCoordinatorFenced, $"The coordinator's epoch is {entry.CoordinatorEpoch} by now, the marker has {end.CoordinatorEpoch}")
                : ProducerVerdict.Fine;
        }

        if (batch.IsControl) return ProducerVerdict.Fine;
        if (entry?.FindDuplicate(batch) is { } duplicate) return new(ErrorCode.None, Duplicate: duplicate);
        if (entry is { TransactionStart: >= 0 } && !batch.IsTransactional)
            return new(ErrorCode.InvalidTxnState, $"Producer {batch.ProducerId} is in a transaction, the batch is not");
        return InSequence(batch, entry, transactionVersion)
            ? ProducerVerdict.Fine
            : new(ErrorCode.OutOfOrderSequenceNumber, $"Producer {batch.ProducerId} wrote sequence {entry?.LastSequence ?? -1} last, the batch begins at {batch.BaseSequence}");
    }

    /// <summary>Takes in a batch that is in the log; the aborted transaction where it was an abort marker that ended one.</summary>
    public AbortedTransaction? Apply(RecordBatchHeader batch, EndTransactionMarker? marker)
    {
        if (!batch.HasProducerId || (batch.IsControl && marker is null)) return null;
        if (!entries.TryGetValue(batch.ProducerId, out var entry)) entries.Add(batch.ProducerId, entry = new ProducerEntry(batch.ProducerId));
        entry.Enter(batch.ProducerEpoch);
        entry.LastTimestamp = batch.MaxTimestamp;
        if (marker is { } end) return End(entry, end, batch.LastOffset);

        entry.Add(new WrittenBatch(batch.LastSequence, batch.LastOffset, batch.LastOffsetDelta, batch.MaxTimestamp));
        if (batch.IsTransactional && entry.TransactionStart < 0)
        {
            entry.TransactionStart = batch.BaseOffset;
            Transactions.Begin(batch.BaseOffset, batch.ProducerId);
        }

        return null;
    }

    /// <summary>Puts in what a snapshot says.</summary>
    public void Restore(ProducerEntry entry)
    {
        entries[entry.ProducerId] = entry;
        if (entry.TransactionStart >= 0) Transactions.Begin(entry.TransactionStart, entry.ProducerId);
    }

    /// <summary>Forgets producers that have written nothing for a while and are in no transaction.</summary>
    public void Expire(TimestampMs now, long expirationMs)
    {
        foreach (var entry in entries.Values)
        {
            if (entry.TransactionStart < 0 && now.Value - entry.LastTimestamp >= expirationMs) entries.Remove(entry.ProducerId);
        }
    }

    public ProducerDescription[] Describe() =>
    [
        .. entries.Values.Select(entry => new ProducerDescription(
            new ProducerId(entry.ProducerId), entry.Epoch, entry.LastSequence, new TimestampMs(entry.LastTimestamp), entry.CoordinatorEpoch,
            new Offset(entry.TransactionStart))),
    ];

    private AbortedTransaction? End(ProducerEntry entry, EndTransactionMarker marker, long markerOffset)
    {
        var first = entry.TransactionStart;
        entry.TransactionStart = -1;
        entry.CoordinatorEpoch = Math.Max(entry.CoordinatorEpoch, marker.CoordinatorEpoch);
        if (first < 0) return null;
        var stable = Transactions.End(first, markerOffset);
        return marker.Type == ControlRecordType.Abort ? new AbortedTransaction(entry.ProducerId, first, markerOffset, stable) : null;
    }

    private static bool InSequence(RecordBatchHeader batch, ProducerEntry? entry, int transactionVersion)
    {
        // A producer that the log does not know may have been forgotten: it goes on where it is. In a transaction (KIP-890) it must begin.
        if (entry is null || entry.Epoch < 0) return transactionVersion < 2 || !batch.IsTransactional || batch.BaseSequence == 0;
        if (batch.ProducerEpoch != entry.Epoch) return batch.BaseSequence == 0;
        return batch.BaseSequence == (entry.LastSequence == int.MaxValue ? 0 : entry.LastSequence + 1);
    }
}
