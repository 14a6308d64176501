using StreamActors.Protocol.Records;
using StreamActors.Storage.Index;

namespace StreamActors.Storage.Compaction;

/// <summary>
/// Follows the transactions in the part of a log that is walked over, in which all have ended. What was aborted goes; a marker may go when
/// nothing of its transaction was met any more.
/// </summary>
internal sealed class CleanedTransactions
{
    private readonly Queue<AbortedTransaction> ahead;
    private readonly Dictionary<long, Aborted> aborted = [];
    private readonly HashSet<long> committed = [];

    /// <param name="abortedTransactions">Those whose markers lie in the log.</param>
    /// <param name="from">Where the walk begins: those that had ended before are none of its business.</param>
    public CleanedTransactions(IEnumerable<AbortedTransaction> abortedTransactions, long from) => ahead = new Queue<AbortedTransaction>(
        abortedTransactions.Where(transaction => transaction.LastOffset >= from).OrderBy(transaction => transaction.FirstOffset));

    /// <summary>The transaction that the marker just met has aborted, if batches of it were met.</summary>
    public AbortedTransaction? JustAborted { get; private set; }

    /// <summary>
    /// Takes in the next batch. True where it says nothing to anybody any more: it was aborted, or marks the end of a transaction of which
    /// nothing is left.
    /// </summary>
    public bool IsDisposable(RecordBatch batch)
    {
        var header = batch.Header;
        JustAborted = null;
        while (ahead.TryPeek(out var next) && next.FirstOffset <= header.LastOffset)
        {
            ahead.Dequeue();
            aborted.TryAdd(next.ProducerId, new Aborted(next));
        }

        if (header.IsControl) return IsMarkerDisposable(batch);
        if (!header.IsTransactional) return false;
        if (aborted.TryGetValue(header.ProducerId, out var transaction))
        {
            transaction.WasMet = true;
            return true;
        }

        committed.Add(header.ProducerId);
        return false;
    }

    private bool IsMarkerDisposable(RecordBatch batch)
    {
        var header = batch.Header;
        // A control batch without a record is one of which a pass before has kept the producer's epoch only.
        if (header.Count == 0) return true;
        if (ControlRecords.ReadMarker(batch) is not { } marker) return false;
        if (marker.Type == ControlRecordType.Commit) return !committed.Remove(header.ProducerId);
        if (!aborted.Remove(header.ProducerId, out var transaction) || !transaction.WasMet) return true;
        JustAborted = transaction.Transaction;
        return false;
    }

    private sealed class Aborted(AbortedTransaction transaction)
    {
        public AbortedTransaction Transaction => transaction;

        public bool WasMet { get; set; }
    }
}
