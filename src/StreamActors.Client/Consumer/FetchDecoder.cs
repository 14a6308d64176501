using StreamActors.Client.Errors;
using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Records;

namespace StreamActors.Client.Consumer;

/// <summary>Records of one partition from one fetch.</summary>
/// <param name="Records">In the order of their offsets.</param>
/// <param name="NextOffset">Where to go on, which may be beyond the last record's successor: markers and compacted offsets are skipped.</param>
internal sealed record DecodedRecords(List<ConsumedRecord> Records, Offset NextOffset);

/// <summary>Turns fetched batches into records: checks, decompresses, leaves out markers and, if asked, what was aborted.</summary>
internal static class FetchDecoder
{
    /// <exception cref="KafkaException">The records are damaged or of a format before version 2.</exception>
    public static DecodedRecords Decode(TopicPartition partition, FetchResponse.PartitionData data, Offset from, ConsumerOptions options)
    {
        var aborted = options.IsolationLevel == IsolationLevel.ReadCommitted ? new AbortedProducers(data.AbortedTransactions) : null;
        var records = new List<ConsumedRecord>();
        var next = from;
        var reader = new RecordBatchReader(data.Records.Memory);
        while (reader.MoveNext())
        {
            var batch = reader.Current;
            var header = batch.Header;
            if (options.CheckCrcs && !batch.IsCrcValid) throw Damaged(partition, header.BaseOffset, BatchError.CrcMismatch);
            if (aborted?.Leaves(batch) != false && !header.IsControl) Append(partition, batch, next, options, records);
            if (header.NextOffset > next.Value) next = new Offset(header.NextOffset);
        }

        // A batch that is cut short at the end is ordinary, unless it is all there is: then nobody can go on.
        if (reader.Error != BatchError.None && (reader.Error != BatchError.Incomplete || next == from)) throw Damaged(partition, next.Value, reader.Error);
        return new DecodedRecords(records, next);
    }

    private static void Append(TopicPartition partition, RecordBatch batch, Offset from, ConsumerOptions options, List<ConsumedRecord> records)
    {
        var header = batch.Header;
        var error = batch.Open(options.MaxDecompressedBatchBytes, out var opened);
        if (error != BatchError.None) throw Damaged(partition, header.BaseOffset, error);
        using (opened)
        {
            // Decompressed records lie in pooled memory, but they are given away for good.
            var kept = header.Codec == CompressionCodec.None ? opened : new OpenedBatch(batch, opened.Payload.ToArray(), owner: null);
            var reader = kept.Read();
            var type = header.Attributes.TimestampType;
            var epoch = new LeaderEpoch(header.PartitionLeaderEpoch);
            while (reader.MoveNext())
            {
                // A batch is fetched whole, even where the position is within it.
                if (reader.Current.Offset >= from) records.Add(new ConsumedRecord(partition, reader.Current, type, epoch));
            }

            if (reader.Error != BatchError.None) throw Damaged(partition, header.BaseOffset, reader.Error);
        }
    }

    private static KafkaException Damaged(TopicPartition partition, long offset, BatchError error) =>
        new(ErrorCode.CorruptMessage, $"The batch of {partition} at offset {offset} cannot be read: {error}.");
}

/// <summary>Which producers' transactions are, at the batch walked over, among those that were aborted (KIP-98).</summary>
internal sealed class AbortedProducers(List<FetchResponse.AbortedTransaction>? transactions)
{
    private readonly Queue<FetchResponse.AbortedTransaction> ahead = new((transactions ?? []).OrderBy(t => t.FirstOffset));
    private readonly HashSet<long> aborted = [];

    /// <summary>True where the batch's records are to be seen. Batches come in the order of their offsets.</summary>
    public bool Leaves(RecordBatch batch)
    {
        var header = batch.Header;
        while (ahead.TryPeek(out var next) && next.FirstOffset <= header.LastOffset) aborted.Add(ahead.Dequeue().ProducerId);
        if (header.IsControl && ControlRecords.ReadMarker(batch) is { Type: ControlRecordType.Abort }) aborted.Remove(header.ProducerId);
        return !header.IsTransactional || !aborted.Contains(header.ProducerId);
    }
}
