using System.Buffers.Binary;

namespace StreamActors.Protocol.Records;

/// <summary>What a broker writes into a finished batch, in place.</summary>
public static class RecordBatchStamp
{
    /// <summary>Sets base offset and leader epoch, which lie before what the CRC covers.</summary>
    public static void OffsetAndEpoch(Span<byte> batch, long baseOffset, int leaderEpoch)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch, baseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatchHeader.LeaderEpochAt..], leaderEpoch);
    }

    /// <summary>Sets timestamp type and highest timestamp, and the CRC anew.</summary>
    public static void Timestamps(Span<byte> batch, TimestampType type, long maxTimestamp)
    {
        var attributes = new RecordBatchHeader(batch).Attributes.With(type);
        BinaryPrimitives.WriteInt16BigEndian(batch[RecordBatchHeader.AttributesAt..], attributes.Bits);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatchHeader.MaxTimestampAt..], maxTimestamp);
        Crc(batch);
    }

    /// <summary>
    /// Makes the header of a batch that of one without records, not compressed and without a delete horizon, as compaction leaves it: it tells of a
    /// producer's last sequence, or of offsets that were. What it says of timestamps but for the highest, which is when the producer last wrote, is void.
    /// </summary>
    public static void Emptied(Span<byte> header)
    {
        var old = new RecordBatchHeader(header).Attributes;
        var attributes = BatchAttributes.Of(Compression.CompressionCodec.None, old.TimestampType, old.IsTransactional, old.IsControl, deleteHorizon: false);
        BinaryPrimitives.WriteInt32BigEndian(header[RecordBatchHeader.LengthAt..], RecordBatchHeader.Size - RecordBatchHeader.LogOverhead);
        BinaryPrimitives.WriteInt16BigEndian(header[RecordBatchHeader.AttributesAt..], attributes.Bits);
        BinaryPrimitives.WriteInt64BigEndian(header[RecordBatchHeader.BaseTimestampAt..], -1);
        BinaryPrimitives.WriteInt32BigEndian(header[RecordBatchHeader.CountAt..], 0);
        Crc(header);
    }

    /// <summary>Computes the CRC of the batch that begins <paramref name="batch"/> and writes it.</summary>
    public static void Crc(Span<byte> batch)
    {
        var size = new RecordBatchHeader(batch).SizeInBytes;
        BinaryPrimitives.WriteUInt32BigEndian(
            batch[RecordBatchHeader.CrcAt..], Crc32C.Compute(batch[RecordBatchHeader.CrcStart..size]));
    }
}
