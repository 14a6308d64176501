using StreamActors.Protocol;
using StreamActors.Protocol.Records;

namespace StreamActors.Storage;

/// <summary>Fills a copy of a log from what the log shows its readers, batch by batch with offsets and epochs as they are.</summary>
public static class LogCopy
{
    /// <summary>Goes on where the copy ends. Returns the bytes that were copied; 0 where it has all.</summary>
    public static int Step(LogView source, PartitionLog copy, int maxBytes, TimestampMs now)
    {
        // Since the last step the source may have lost its beginning to retention, or been cut by its leader.
        var from = copy.View.LogEndOffset;
        if (from > source.LogEndOffset) copy.TruncateTo(source.LogEndOffset);
        if (from < source.LogStartOffset) copy.TruncateFullyAndStartAt(source.LogStartOffset, now);
        from = copy.View.LogEndOffset;
        if (from >= source.LogEndOffset) return 0;
        var read = source.Read(from, maxBytes, true, Isolation.LogEnd);
        if (read.Error != ErrorCode.None) throw new IOException($"{copy.Partition} cannot be read at {from}: {read.Error}");
        var records = read.Records.ToArray();
        if (records.Length == 0) return 0;
        // The log's start may lie within a batch, which goes along whole.
        var first = new Offset(new RecordBatchHeader(records).BaseOffset);
        if (first < from) copy.TruncateFullyAndStartAt(first, now);
        var outcome = copy.AppendAsFollower(records, now);
        if (outcome.Error != ErrorCode.None) throw new IOException($"{copy.Partition} cannot be copied at {first}: {outcome.Error} {outcome.ErrorMessage}");
        return records.Length;
    }
}
