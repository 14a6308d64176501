using StreamActors.Protocol;
using StreamActors.Protocol.Records;

namespace StreamActors.Storage.Compaction;

/// <summary>Fills an <see cref="OffsetMap"/> from the dirty section of a log, batch by batch.</summary>
internal sealed class DirtyMap(OffsetMap map, CleanedTransactions transactions, Offset firstDirty)
{
    /// <summary>Takes in the next batch; false where the map was full before its end.</summary>
    public bool Add(RecordBatch batch)
    {
        var header = batch.Header;
        // What was aborted supersedes nothing, and markers have no keys that count.
        if (!transactions.IsDisposable(batch) && !header.IsControl && !AddRecords(batch)) return false;
        if (header.LastOffset >= firstDirty.Value) map.Cover(header.LastOffset);
        return true;
    }

    private bool AddRecords(RecordBatch batch)
    {
        var error = batch.Open(LogView.LargestDecompressedBatch, out var opened);
        if (error != BatchError.None) throw new CorruptLogException(batch.Header.BaseOffset, error);
        using (opened)
        {
            var records = opened.Read();
            while (records.MoveNext())
            {
                if (records.Current.Key is not { } key || records.Current.Offset < firstDirty) continue;
                if (map.IsFull) return false;
                map.Put(key.Span, records.Current.Offset.Value);
            }

            return records.Error == BatchError.None ? true : throw new CorruptLogException(batch.Header.BaseOffset, records.Error);
        }
    }
}
