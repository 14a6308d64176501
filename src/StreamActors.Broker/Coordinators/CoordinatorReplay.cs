using StreamActors.Protocol;
using StreamActors.Protocol.Records;

namespace StreamActors.Broker.Coordinators;

/// <summary>
/// Applies what is in a coordinator's log, slice by slice, to a shard. Records of a transaction count when it commits.
/// </summary>
internal sealed class CoordinatorReplay<TCommand, TRecord>(
    ICoordinatorShard<TCommand, TRecord> shard, ICoordinatorCodec<TRecord> codec, int maxDecompressedBytes = 64 * 1024 * 1024)
{
    private readonly Dictionary<long, List<TRecord>> open = [];

    /// <summary>The offset after the last batch that was applied.</summary>
    public Offset Position { get; private set; }

    public long Applied { get; private set; }

    /// <summary>Records of types that the coordinator does not know, or of no key.</summary>
    public long Skipped { get; private set; }

    public void StartAt(Offset offset) => Position = offset;

    /// <summary>Applies the whole batches of a slice; one that is cut off at its end is for the next slice.</summary>
    /// <exception cref="InvalidDataException">The log is damaged, or has a record that is not what its type says.</exception>
    public void Apply(ReadOnlyMemory<byte> slice)
    {
        var batches = new RecordBatchReader(slice);
        while (batches.MoveNext())
        {
            var header = batches.Current.Header;
            // A slice begins with the batch that its first offset lies in.
            if (header.BaseOffset + header.LastOffsetDelta < Position.Value) continue;
            if (header.IsControl) End(batches.Current);
            else ApplyBatch(batches.Current);
            Position = new Offset(header.BaseOffset + header.LastOffsetDelta + 1);
        }

        if (batches.Error is not (BatchError.None or BatchError.Incomplete)) throw Damaged(batches.Error);
    }

    private void ApplyBatch(RecordBatch batch)
    {
        var error = batch.Open(maxDecompressedBytes, out var opened);
        if (error != BatchError.None) throw Damaged(error);
        using (opened)
        {
            var records = opened.Read();
            while (records.MoveNext()) Apply(records.Current, batch.Header.IsTransactional ? batch.Header.ProducerId : null);
            if (records.Error != BatchError.None) throw Damaged(records.Error);
        }
    }

    private void Apply(Record record, long? producer)
    {
        if (record.Offset < Position) return;
        TRecord? decoded = default;
        try
        {
            if (record.Key is not { } key || !codec.TryDecode(key, record.Value, out decoded))
            {
                Skipped++;
                return;
            }
        }
        catch (Protocol.Wire.WireFormatException malformed)
        {
            throw new InvalidDataException($"The record at offset {record.Offset} is not what its type says.", malformed);
        }

        if (producer is not { } id) Apply(decoded);
        else if (open.TryGetValue(id, out var records)) records.Add(decoded);
        else open[id] = [decoded];
    }

    private void End(RecordBatch batch)
    {
        if (ControlRecords.ReadMarker(batch) is not { } marker || !open.Remove(batch.Header.ProducerId, out var records)) return;
        if (marker.Type != ControlRecordType.Commit) return;
        foreach (var record in records) Apply(record);
    }

    private void Apply(TRecord record)
    {
        shard.Apply(record);
        Applied++;
    }

    private InvalidDataException Damaged(BatchError error) => new($"The batch at offset {Position} cannot be read: {error}.");
}
