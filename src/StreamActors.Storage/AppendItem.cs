using StreamActors.Protocol;

namespace StreamActors.Storage;

/// <summary>
/// Records that somebody wants appended by a leader: one batch of a client, validated before, or batches of our own coordinators. The log
/// stamps the batches in place and says in <see cref="Outcome"/> what became of them.
/// </summary>
public class AppendItem
{
    public AppendItem()
    {
    }

    public AppendItem(Memory<byte> records) => Records = records;

    /// <summary>Whole batches and nothing else. Owned by the log until <see cref="PartitionLog.Append"/> returns.</summary>
    public Memory<byte> Records { get; set; }

    /// <summary>2 where transactions have epochs bumped at their end (KIP-890): then an unknown producer must begin at sequence 0.</summary>
    public int TransactionVersion { get; set; }

    public AppendOutcome Outcome { get; internal set; }
}

/// <summary>What became of records that were to be appended.</summary>
/// <param name="Error">None, or why nothing was appended.</param>
/// <param name="BaseOffset">The first record's offset; -1 with an error.</param>
/// <param name="LastOffset">The last record's offset: with acks=all the answer waits until the high watermark is above it.</param>
/// <param name="LogAppendTime">When the broker appended them, where the topic says that this is their timestamp; else -1.</param>
/// <param name="LogStartOffset">The log's first offset at that time.</param>
/// <param name="IsDuplicate">They were there already, at the offsets told.</param>
/// <param name="ErrorMessage">The error in words.</param>
public readonly record struct AppendOutcome(
    ErrorCode Error,
    Offset BaseOffset,
    Offset LastOffset,
    TimestampMs LogAppendTime,
    Offset LogStartOffset,
    bool IsDuplicate = false,
    string? ErrorMessage = null)
{
    /// <summary>An error from whoever stands before the log: nothing was appended, and nothing is known of it.</summary>
    public static AppendOutcome Refused(ErrorCode error) => Failed(error, null, new Offset(-1));

    public static AppendOutcome Failed(ErrorCode error, string? message, Offset logStartOffset) =>
        new(error, new Offset(-1), new Offset(-1), TimestampMs.None, logStartOffset, ErrorMessage: message);
}
