using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;

namespace StreamActors.Storage.Compaction;

/// <summary>What becomes of a batch.</summary>
internal enum BatchFate
{
    /// <summary>It stays as it is, byte for byte.</summary>
    Kept,

    /// <summary>It stays with fewer records, with none, or with a delete horizon.</summary>
    Rewritten,
    Dropped,
}

/// <summary>The last that an active producer has written: what has to stay in the log that it is still known after a replay.</summary>
/// <param name="DataOffset">The last record's offset; -1 where only a marker is left.</param>
/// <param name="Epoch">The producer's epoch.</param>
internal readonly record struct LastOfProducer(long DataOffset, short Epoch);

/// <summary>
/// Judges batches in the order of their offsets. A record stays that is the last of its key in the map, or above all that the map covers. Batches
/// keep what they say of themselves: base offset, last offset, epoch, producer and sequence. Tombstones and markers that could go get a delete
/// horizon first (KIP-534), and go in a pass after that.
/// </summary>
internal sealed class BatchFilter(
    OffsetMap map, CleanedTransactions transactions, IReadOnlyDictionary<long, LastOfProducer> producers, LogConfig config, TimestampMs now) : IDisposable
{
    private readonly PooledBuffer rewritten = new(64 * 1024);
    private readonly List<bool> keeps = [];

    /// <summary>The batch as it is to be, where it is rewritten; until the next one is judged.</summary>
    public ReadOnlyMemory<byte> Rewritten => rewritten.Memory;

    /// <param name="batch">The batch, whose CRC is good.</param>
    /// <param name="mustStay">Something of it has to stay, for it tells where the segment ends.</param>
    /// <param name="mayGrow">Whether the segment has room for what a horizon adds.</param>
    public BatchFate Judge(RecordBatch batch, bool mustStay, bool mayGrow)
    {
        var header = batch.Header;
        var isDisposable = transactions.IsDisposable(batch);
        var isPastHorizon = header.DeleteHorizonMs is { } horizon && horizon <= now.Value;
        var discards = isDisposable && (!header.IsControl || isPastHorizon);
        var staysEmpty = mustStay || IsLastOfProducer(header);
        if (header.Count == 0) return staysEmpty ? BatchFate.Kept : BatchFate.Dropped;
        if (discards) return staysEmpty ? Empty(batch) : BatchFate.Dropped;

        var error = batch.Open(LogView.LargestDecompressedBatch, out var opened);
        if (error != BatchError.None) throw new CorruptLogException(header.BaseOffset, error);
        using (opened)
        {
            var (kept, tombstones) = Choose(opened, isPastHorizon);
            var marks = mayGrow && header.DeleteHorizonMs is null && (tombstones > 0 || (isDisposable && header.IsControl));
            if (kept == header.Count && !marks) return BatchFate.Kept;
            if (kept == 0) return staysEmpty ? Empty(batch) : BatchFate.Dropped;
            Rewrite(opened, marks ? now.Value + config.DeleteRetentionMs : header.DeleteHorizonMs);
            return BatchFate.Rewritten;
        }
    }

    public void Dispose() => rewritten.Dispose();

    private (int Kept, int Tombstones) Choose(OpenedBatch opened, bool isPastHorizon)
    {
        var (kept, tombstones) = (0, 0);
        var isControl = opened.Batch.Header.IsControl;
        keeps.Clear();
        var records = opened.Read();
        while (records.MoveNext())
        {
            var record = records.Current;
            var stays = isControl || Stays(record, isPastHorizon);
            keeps.Add(stays);
            if (!stays) continue;
            kept++;
            if (record.Value is null && !isControl) tombstones++;
        }

        return records.Error == BatchError.None ? (kept, tombstones) : throw new CorruptLogException(opened.Batch.Header.BaseOffset, records.Error);
    }

    private bool Stays(Record record, bool isPastHorizon)
    {
        if (record.Offset.Value > map.LatestOffset) return true;
        if (record.Key is not { } key || record.Offset.Value < map.Get(key.Span)) return false;
        return record.Value is not null || !isPastHorizon;
    }

    private bool IsLastOfProducer(RecordBatchHeader header)
    {
        if (!header.HasProducerId || !producers.TryGetValue(header.ProducerId, out var last)) return false;
        return last.DataOffset >= 0 ? header.LastOffset == last.DataOffset : header.IsControl && header.ProducerEpoch == last.Epoch;
    }

    private BatchFate Empty(RecordBatch batch)
    {
        rewritten.Clear();
        batch.Memory.Span[..RecordBatchHeader.Size].CopyTo(rewritten.GetSpan(RecordBatchHeader.Size));
        rewritten.Advance(RecordBatchHeader.Size);
        RecordBatchStamp.Emptied(rewritten.WrittenSpan);
        return BatchFate.Rewritten;
    }

    private void Rewrite(OpenedBatch opened, long? horizon)
    {
        var header = opened.Batch.Header;
        using var builder = new RecordBatchBuilder
        {
            BaseOffset = header.BaseOffset,
            PartitionLeaderEpoch = header.PartitionLeaderEpoch,
            ProducerId = header.ProducerId,
            ProducerEpoch = header.ProducerEpoch,
            BaseSequence = header.BaseSequence,
            IsTransactional = header.IsTransactional,
            IsControl = header.IsControl,
            Codec = header.Codec,
            CompressionLevel = config.LevelOf(header.Codec),
            TimestampType = header.Attributes.TimestampType,
            LogAppendTime = header.MaxTimestamp,
            DeleteHorizonMs = horizon,
            LastOffsetDelta = header.LastOffsetDelta,
        };
        var records = opened.Read();
        for (var index = 0; records.MoveNext(); index++)
        {
            var record = records.Current;
            if (keeps[index]) builder.AppendAt(record.Offset, record.Timestamp, record.Key, record.Value, record.Headers.ToArray());
        }

        rewritten.Clear();
        builder.BuildInto(rewritten);
    }
}

/// <summary>A batch of a log cannot be read: nobody may decide what of it stays.</summary>
public sealed class CorruptLogException(long offset, string reason) : Exception($"The batch at offset {offset} cannot be read: {reason}")
{
    public CorruptLogException(long offset, BatchError error)
        : this(offset, error.ToString())
    {
    }
}
