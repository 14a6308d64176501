using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;

namespace StreamActors.Storage.Validation;

/// <summary>
/// Checks the records of a Produce request before anybody may see them: one batch of format 2, whole, with a right CRC, of records that every consumer can read.
/// Needs no state, so it runs wherever the request is. Where this differs from Kafka is told in docs/compatibility.md.
/// </summary>
public static class RecordBatchValidator
{
    /// <summary>What a batch may become when it is decompressed, unless told otherwise: as much as a request may have.</summary>
    public const int DefaultMaxDecompressed = 100 << 20;

    /// <summary>Trailing bytes before the seventeenth, which tells a batch's format, say nothing: they are dropped.</summary>
    private const int Unrecognizable = 17;

    /// <param name="records">The records as they came; good ones may be stamped in place. Empty stands for null too.</param>
    /// <param name="config">The topic's settings.</param>
    /// <param name="partition">For messages.</param>
    /// <param name="now">The time, against which the records' timestamps are held.</param>
    /// <param name="maxDecompressed">Bytes that the records may have once decompressed.</param>
    public static ValidationResult Validate(
        Memory<byte> records, LogConfig config, TopicPartition partition, TimestampMs now, int maxDecompressed = DefaultMaxDecompressed)
    {
        if (CheckFraming(records.Span, out var size) is { } misframed) return misframed;
        var batch = records[..size];
        var header = new RecordBatchHeader(batch.Span);
        if (CheckEnvelope(header, config, partition) is { } refused) return refused;
        if (!new RecordBatch(batch).IsCrcValid) return Refuse(BatchError.CrcMismatch, partition);
        if (CheckHeader(header, partition) is { } implausible) return implausible;
        if (header.Attributes.TimestampType == TimestampType.LogAppendTime && config.TimestampType == TimestampType.LogAppendTime)
            return RecordChecks.RefuseAll(header.Count, ErrorCode.InvalidTimestamp, partition, "A producer may not say that its timestamps are log append times");

        var error = new RecordBatch(batch).Open(maxDecompressed, out var opened);
        if (error != BatchError.None) return Refuse(error, partition);
        using (opened)
        {
            var checks = new RecordChecks(header, config, partition, now);
            error = checks.Run(opened.Payload.Span);
            if (error != BatchError.None) return Refuse(error, partition);
            if (checks.Refusal is { } refusal) return refusal;
            return Finish(batch, opened, checks.MaxTimestamp, config);
        }
    }

    private static ValidationResult? CheckFraming(ReadOnlySpan<byte> records, out int size)
    {
        size = 0;
        if (records.IsEmpty) return ValidationResult.Refused(ErrorCode.InvalidRecord, "There are no records");
        var error = RecordBatchReader.Check(records, out size);
        if (error != BatchError.None) return Refuse(error, default);
        var rest = records[size..];
        if (rest.Length < Unrecognizable) return null;
        var next = RecordBatchReader.Check(rest, out _);
        return next is BatchError.None or BatchError.Incomplete or BatchError.OldMagic
            ? ValidationResult.Refused(ErrorCode.InvalidRecord, "There is more than one batch")
            : Refuse(next, default);
    }

    /// <summary>What the CRC does not cover.</summary>
    private static ValidationResult? CheckEnvelope(RecordBatchHeader header, LogConfig config, TopicPartition partition)
    {
        if (header.BaseOffset != 0) return Refuse(ErrorCode.InvalidRecord, partition, $"the base offset is {header.BaseOffset} instead of 0");
        if (header.SizeInBytes > config.MaxMessageBytes)
            return Refuse(ErrorCode.MessageTooLarge, partition, $"the batch has {header.SizeInBytes} bytes, {config.MaxMessageBytes} are allowed");
        return null;
    }

    private static ValidationResult? CheckHeader(RecordBatchHeader header, TopicPartition partition)
    {
        if (header.Count <= 0) return Refuse(ErrorCode.InvalidRecord, partition, $"the batch says that it has {header.Count} records");
        if (header.LastOffsetDelta + 1L != header.Count)
            return Refuse(ErrorCode.InvalidRecord, partition, $"the batch has {header.Count} records, but its last offset is {header.LastOffsetDelta}");
        if (header.IsControl) return Refuse(ErrorCode.InvalidRecord, partition, "clients may not write control batches");
        if (header.HasProducerId && header.BaseSequence < 0)
            return Refuse(ErrorCode.InvalidRecord, partition, $"producer {header.ProducerId} gives no sequence");
        return header.HasProducerId && header.ProducerEpoch < -1
            ? Refuse(ErrorCode.InvalidProducerEpoch, partition, $"producer {header.ProducerId} has epoch {header.ProducerEpoch}")
            : null;
    }

    private static ValidationResult Finish(Memory<byte> batch, OpenedBatch opened, long maxTimestamp, LogConfig config)
    {
        var header = new RecordBatchHeader(batch.Span);
        var info = new ValidatedBatches(
            header.Count, header.ProducerId, header.ProducerEpoch, header.BaseSequence, header.IsTransactional, maxTimestamp);
        if (config.Compression is { } codec && codec != header.Codec)
        {
            var buffer = Rewriting.Rewrite(opened, codec, config.LevelOf(codec));
            return ValidationResult.Good(buffer.WrittenMemory, info, buffer);
        }

        // Log append time is stamped by the log: only there it is known.
        if (config.TimestampType == TimestampType.CreateTime
            && (header.MaxTimestamp != maxTimestamp || header.Attributes.TimestampType != TimestampType.CreateTime))
        {
            RecordBatchStamp.Timestamps(batch.Span, TimestampType.CreateTime, maxTimestamp);
        }

        return ValidationResult.Good(batch, info);
    }

    private static ValidationResult Refuse(BatchError error, TopicPartition partition) => error switch
    {
        BatchError.LengthTooSmall or BatchError.UnknownMagic or BatchError.CrcMismatch =>
            Refuse(ErrorCode.CorruptMessage, partition, RecordChecks.Describe(error)),
        BatchError.TooLargeDecompressed => Refuse(ErrorCode.MessageTooLarge, partition, RecordChecks.Describe(error)),
        _ => Refuse(ErrorCode.InvalidRecord, partition, RecordChecks.Describe(error)),
    };

    private static ValidationResult Refuse(ErrorCode error, TopicPartition partition, string what) =>
        ValidationResult.Refused(error, partition.Topic is null ? $"Records refused: {what}" : $"Records for {partition} refused: {what}");
}
