using StreamActors.Protocol.Records;

namespace StreamActors.Storage.Producers;

/// <summary>A batch that a producer has written, by which its repetition is known.</summary>
internal readonly record struct WrittenBatch(int LastSequence, long LastOffset, int OffsetDelta, long Timestamp)
{
    public int FirstSequence => Sequences.Subtract(LastSequence, OffsetDelta);

    public long FirstOffset => LastOffset - OffsetDelta;
}

/// <summary>What a log knows of one producer: its epoch, its last five batches (KIP-98), the transaction it is in.</summary>
internal sealed class ProducerEntry(long producerId)
{
    private const int Remembered = 5;
    private readonly List<WrittenBatch> batches = new(Remembered);

    public long ProducerId => producerId;

    /// <summary>-1 while nothing is known.</summary>
    public short Epoch { get; private set; } = -1;

    public int CoordinatorEpoch { get; set; } = -1;

    public long LastTimestamp { get; set; } = -1;

    /// <summary>The first offset of the open transaction; -1 where there is none.</summary>
    public long TransactionStart { get; set; } = -1;

    public WrittenBatch? Last => batches.Count == 0 ? null : batches[^1];

    public int LastSequence => batches.Count == 0 ? -1 : batches[^1].LastSequence;

    public long LastOffset => batches.Count == 0 ? -1 : batches[^1].LastOffset;

    public WrittenBatch? FindDuplicate(RecordBatchHeader batch)
    {
        if (batch.ProducerEpoch != Epoch) return null;
        foreach (var written in batches)
        {
            if (written.FirstSequence == batch.BaseSequence && written.LastSequence == batch.LastSequence) return written;
        }

        return null;
    }

    /// <summary>A new epoch begins its sequences anew.</summary>
    public void Enter(short epoch)
    {
        if (epoch == Epoch) return;
        batches.Clear();
        Epoch = epoch;
    }

    public void Add(WrittenBatch batch)
    {
        if (batches.Count == Remembered) batches.RemoveAt(0);
        batches.Add(batch);
    }
}
