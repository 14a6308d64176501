using StreamActors.Client.Errors;
using StreamActors.Protocol;

namespace StreamActors.Client.Consumer;

/// <summary>What a consumer knows of one of its partitions. Guarded by the consumer's lock.</summary>
internal sealed class AssignedPartition(TopicPartition partition, StartPosition start)
{
    private int taken;

    public TopicPartition Partition => partition;

    /// <summary>The position is to be looked up first; null where it is known.</summary>
    public OffsetSpec? Lookup { get; private set; } = start.Known is null ? start.Spec : null;

    /// <summary>The offset of the next record that the caller gets.</summary>
    public Offset Position { get; private set; } = start.Known ?? new Offset(-1);

    /// <summary>The offset that the next fetch asks for.</summary>
    public Offset FetchOffset { get; private set; } = start.Known ?? new Offset(-1);

    /// <summary>Counts the seeks, so that an answer from before one is not mistaken for one from after it.</summary>
    public int Generation { get; private set; }

    /// <summary>A lookup or a fetch is under way.</summary>
    public bool IsBusy { get; set; }

    /// <summary>Fetched and not wholly given to the caller.</summary>
    public DecodedRecords? Buffered { get; private set; }

    public Offset HighWatermark { get; set; } = new(-1);

    public int Failures { get; set; }

    public Deadline? RetryAfter { get; set; }

    public void Seek(StartPosition to)
    {
        Generation++;
        Buffered = null;
        RetryAfter = null;
        Lookup = to.Known is null ? to.Spec : null;
        if (to.Known is { } known) Locate(known);
    }

    public void Locate(Offset offset)
    {
        Lookup = null;
        Position = FetchOffset = offset;
    }

    public void Succeeded()
    {
        Failures = 0;
        RetryAfter = null;
    }

    public void Buffer(DecodedRecords records)
    {
        FetchOffset = records.NextOffset;
        if (records.Records.Count == 0)
        {
            Position = records.NextOffset;
            return;
        }

        Buffered = records;
        taken = 0;
    }

    /// <summary>Gives up to <paramref name="count"/> of the buffered records to the caller.</summary>
    public void Take(int count, List<ConsumedRecord> into)
    {
        var records = Buffered!.Records;
        var end = Math.Min(records.Count, taken + count);
        into.AddRange(records[taken..end]);
        taken = end;
        Position = end < records.Count ? records[end].Offset : Buffered.NextOffset;
        if (end == records.Count) Buffered = null;
    }
}
