using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Checkpoints;

namespace StreamActors.Storage;

/// <summary>
/// Fills a copy of a log from what the log shows its readers, batch by batch with offsets and epochs as they are. The copy may be one that a former process has
/// left; what the log does not have any more, or has not had like that, is cut off it first. One thread at a time.
/// </summary>
/// <param name="copy">The copy, in another data folder.</param>
public class LogCopy(PartitionLog copy)
{
    private PartitionLog? source;

    public PartitionLog Log => copy;

    /// <summary>Goes on where the copy ends. Returns the bytes that were copied; 0 where it has all.</summary>
    /// <exception cref="IOException">The log cannot be read, or the copy not be written: it is not to be gone on with.</exception>
    public int Step(PartitionLog log, int maxBytes, TimestampMs now)
    {
        Follow(log, now);
        var view = log.View;
        // Since the last step it may have lost its beginning to retention.
        if (copy.View.LogEndOffset < view.LogStartOffset) copy.TruncateFullyAndStartAt(view.LogStartOffset, now);
        var from = copy.View.LogEndOffset;
        if (from >= view.LogEndOffset) return 0;
        var read = view.Read(from, maxBytes, true, Isolation.LogEnd);
        if (read.Error != ErrorCode.None) throw new IOException($"{copy.Partition} cannot be read at {from}: {read.Error}");
        var records = read.Records.ToArray();
        if (records.Length == 0) throw new IOException($"{copy.Partition} has no records from {from} on, and its end is {view.LogEndOffset}");
        // The log's start may lie within a batch, which goes along whole.
        var first = new Offset(new RecordBatchHeader(records).BaseOffset);
        if (first < from) copy.TruncateFullyAndStartAt(first, now);
        var outcome = copy.AppendAsFollower(records, now);
        if (outcome.Error != ErrorCode.None) throw new IOException($"{copy.Partition} cannot be copied at {first}: {outcome.Error} {outcome.ErrorMessage}");
        return records.Length;
    }

    /// <summary>Copies what is left, to be called by the log's writer; the copy is durable then, and closed.</summary>
    public void Complete(PartitionLog log, TimestampMs now)
    {
        while (Step(log, 1 << 20, now) > 0)
        {
        }

        copy.AdvanceLogStart(log.View.LogStartOffset);
        copy.AdvanceHighWatermark(log.View.HighWatermark);
        // A close does without what a full disk refuses.
        copy.Sync();
        Close();
    }

    /// <summary>Closes the copy, for a later process to go on with.</summary>
    public void Close()
    {
        Leave();
        copy.Close(clean: true);
    }

    /// <summary>Removes the copy.</summary>
    public void Drop()
    {
        Leave();
        copy.Directory.DropFutureLog(copy);
    }

    /// <summary>Cuts off the copy what the log does not have.</summary>
    /// <param name="log">The log.</param>
    /// <param name="isKnown">Whether the copy has been filled from it since it was opened.</param>
    /// <param name="now">The time.</param>
    internal virtual void Reconcile(PartitionLog log, bool isKnown, TimestampMs now)
    {
        var (view, own) = (log.View, copy.View);
        if (own.LogStartOffset < own.LogEndOffset) copy.TruncateTo(LeaderEpochs.CommonEnd(view.Epochs, view.LogEndOffset, own.Epochs, own.LogEndOffset));
        if (!isKnown && !IsPrefix(view, copy.View)) copy.TruncateFullyAndStartAt(view.LogStartOffset, now);
    }

    private void Follow(PartitionLog log, TimestampMs now)
    {
        var isKnown = ReferenceEquals(source, log);
        if (!isKnown)
        {
            Leave();
            log.IsBeingCopied = true;
            source = log;
        }

        Reconcile(log, isKnown, now);
    }

    private void Leave()
    {
        if (source is not null) source.IsBeingCopied = false;
        source = null;
    }

    /// <summary>
    /// Whether what was copied from a log that somebody else has opened since is still the same there. Compaction may have taken records since, among them tombstones that the copy
    /// has never had: then it has fewer bytes.
    /// </summary>
    private static bool IsPrefix(LogView log, LogView copy)
    {
        var end = copy.LogEndOffset;
        if (copy.LogStartOffset > log.LogStartOffset) return false;
        var from = Math.Max(log.BaseOffset(0), copy.BaseOffset(0));
        if (end.Value <= from) return true;
        return log.BytesBelow(end.Value) - log.BytesBelow(from) == copy.BytesBelow(end.Value) - copy.BytesBelow(from) && LastBatch(log, end).SequenceEqual(LastBatch(copy, end));
    }

    private static ReadOnlySpan<byte> LastBatch(LogView view, Offset end)
    {
        var read = view.Read(new Offset(end.Value - 1), 1, true, Isolation.LogEnd);
        return read.Error == ErrorCode.None ? read.Records.ToArray() : [];
    }
}
