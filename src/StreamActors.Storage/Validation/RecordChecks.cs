using System.Collections.Immutable;
using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;

namespace StreamActors.Storage.Validation;

/// <summary>Walks over the records of one batch, once, and holds them against the topic's settings.</summary>
internal ref struct RecordChecks
{
    private const int MostErrorsTold = 100;

    private readonly bool isCompressed;
    private readonly bool needsKeys;
    private readonly bool checksTimestamps;
    private readonly int count;
    private readonly long baseTimestamp;
    private readonly long earliest;
    private readonly long latest;
    private readonly TopicPartition partition;
    private ImmutableArray<RecordError>.Builder? errors;
    private bool hasBadTimestamp;

    public RecordChecks(RecordBatchHeader header, LogConfig config, TopicPartition partition, TimestampMs now)
    {
        isCompressed = header.Codec != CompressionCodec.None;
        needsKeys = config.CleanupByCompaction;
        checksTimestamps = config.TimestampType == TimestampType.CreateTime;
        count = header.Count;
        baseTimestamp = header.BaseTimestamp;
        earliest = now.Value - config.TimestampBeforeMaxMs;
        latest = now.Value > long.MaxValue - config.TimestampAfterMaxMs ? long.MaxValue : now.Value + config.TimestampAfterMaxMs;
        this.partition = partition;
    }

    /// <summary>The highest timestamp of the records; -1 where all are below that.</summary>
    public long MaxTimestamp { get; private set; } = -1;

    /// <summary>The refusal where single records are to blame.</summary>
    public readonly ValidationResult? Refusal => errors is null ? null : ValidationResult.Refused(
        hasBadTimestamp ? ErrorCode.InvalidTimestamp : ErrorCode.InvalidRecord, $"{errors.Count} records for {partition} refused", errors.ToImmutable());

    /// <summary>What is wrong with the records' framing, which is the whole batch's fault.</summary>
    public BatchError Run(ReadOnlySpan<byte> payload)
    {
        var cursor = new RecordCursor(payload, count);
        for (var index = 0; cursor.MoveNext(); index++)
        {
            // The records of a compressed batch can get their offsets only if they count up one by one.
            if (isCompressed && cursor.OffsetDelta != index) return BatchError.BadRecordFraming;
            if (needsKeys && cursor.KeyLength < 0) Blame(index, "A compacted topic takes no record without a key");
            var timestamp = unchecked(baseTimestamp + cursor.TimestampDelta);
            if (timestamp > MaxTimestamp) MaxTimestamp = timestamp;
            if (checksTimestamps && timestamp != -1 && (timestamp < earliest || timestamp > latest))
            {
                hasBadTimestamp = true;
                Blame(index, $"Timestamp {timestamp} is not between {earliest} and {latest}");
            }
        }

        return cursor.Error;
    }

    public static ValidationResult RefuseAll(int count, ErrorCode error, TopicPartition partition, string message) => ValidationResult.Refused(
        error, $"{count} records for {partition} refused",
        [.. Enumerable.Range(0, Math.Min(count, MostErrorsTold)).Select(index => new RecordError(index, message))]);

    public static string Describe(BatchError error) => error switch
    {
        BatchError.Incomplete => "the batch is not whole",
        BatchError.LengthTooSmall => "the batch's length is less than a batch has",
        BatchError.OldMagic => "message formats 0 and 1 are not taken any more",
        BatchError.UnknownMagic => "the message format is unknown",
        BatchError.CrcMismatch => "the CRC of the batch is wrong",
        BatchError.UnknownCodec => "the compression codec is unknown",
        BatchError.BadCompression => "the compressed records are damaged",
        BatchError.TooLargeDecompressed => "the records are too large once decompressed",
        BatchError.NegativeCount => "the count of records is negative",
        BatchError.TooFewRecords => "there are fewer records than the batch says",
        BatchError.TooManyRecords => "bytes are left after the last record",
        BatchError.NullHeaderKey => "a header has no key",
        _ => "a record's lengths, or the records' offsets, make no sense",
    };

    private void Blame(int index, string message)
    {
        errors ??= ImmutableArray.CreateBuilder<RecordError>();
        if (errors.Count < MostErrorsTold) errors.Add(new RecordError(index, message));
    }
}
