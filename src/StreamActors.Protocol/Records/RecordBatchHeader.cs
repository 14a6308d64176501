using System.Buffers.Binary;
using StreamActors.Protocol.Compression;

namespace StreamActors.Protocol.Records;

/// <summary>Who dated the records: their producer, or the broker when it appended them.</summary>
public enum TimestampType : byte
{
    CreateTime = 0,
    LogAppendTime = 1,
}

/// <summary>
/// A view over the 61 bytes that begin a record batch of message format 2 (KIP-98). The bytes may be followed by anything;
/// nothing is checked here but that there are 61 of them.
/// </summary>
public readonly ref struct RecordBatchHeader
{
    /// <summary>Bytes of the header, up to and with the count of records.</summary>
    public const int Size = 61;

    /// <summary>Bytes of base offset and length, which the length itself does not count.</summary>
    public const int LogOverhead = 12;

    /// <summary>Where that begins which the CRC covers: the attributes.</summary>
    public const int CrcStart = 21;

    internal const int LengthAt = 8;
    internal const int LeaderEpochAt = 12;
    internal const int MagicAt = 16;
    internal const int CrcAt = 17;
    internal const int AttributesAt = 21;
    internal const int LastOffsetDeltaAt = 23;
    internal const int BaseTimestampAt = 27;
    internal const int MaxTimestampAt = 35;
    internal const int ProducerIdAt = 43;
    internal const int ProducerEpochAt = 51;
    internal const int BaseSequenceAt = 53;
    internal const int CountAt = 57;

    private readonly ReadOnlySpan<byte> bytes;

    public RecordBatchHeader(ReadOnlySpan<byte> batch) => bytes = batch[..Size];

    public long BaseOffset => BinaryPrimitives.ReadInt64BigEndian(bytes);

    /// <summary>Bytes that follow the length field.</summary>
    public int BatchLength => BinaryPrimitives.ReadInt32BigEndian(bytes[LengthAt..]);

    /// <summary>Bytes of the whole batch.</summary>
    public int SizeInBytes => BatchLength + LogOverhead;

    public int PartitionLeaderEpoch => BinaryPrimitives.ReadInt32BigEndian(bytes[LeaderEpochAt..]);

    public byte Magic => bytes[MagicAt];

    public uint Crc => BinaryPrimitives.ReadUInt32BigEndian(bytes[CrcAt..]);

    public BatchAttributes Attributes => new(BinaryPrimitives.ReadInt16BigEndian(bytes[AttributesAt..]));

    public int LastOffsetDelta => BinaryPrimitives.ReadInt32BigEndian(bytes[LastOffsetDeltaAt..]);

    public long LastOffset => BaseOffset + LastOffsetDelta;

    public long NextOffset => LastOffset + 1;

    /// <summary>What the records' timestamp deltas count from; the delete horizon where the attributes say so.</summary>
    public long BaseTimestamp => BinaryPrimitives.ReadInt64BigEndian(bytes[BaseTimestampAt..]);

    public long MaxTimestamp => BinaryPrimitives.ReadInt64BigEndian(bytes[MaxTimestampAt..]);

    public long ProducerId => BinaryPrimitives.ReadInt64BigEndian(bytes[ProducerIdAt..]);

    public short ProducerEpoch => BinaryPrimitives.ReadInt16BigEndian(bytes[ProducerEpochAt..]);

    public int BaseSequence => BinaryPrimitives.ReadInt32BigEndian(bytes[BaseSequenceAt..]);

    public int Count => BinaryPrimitives.ReadInt32BigEndian(bytes[CountAt..]);

    public bool HasProducerId => ProducerId >= 0;

    /// <summary>The sequence of the last record, which goes on at 0 after the highest int; -1 where there is none.</summary>
    public int LastSequence => BaseSequence == -1 ? -1 : Sequences.Add(BaseSequence, LastOffsetDelta);

    public CompressionCodec Codec => Attributes.Codec;

    public bool IsTransactional => Attributes.IsTransactional;

    public bool IsControl => Attributes.IsControl;

    /// <summary>When tombstones of this batch may be dropped (KIP-534); null before the cleaner has seen it.</summary>
    public long? DeleteHorizonMs => Attributes.HasDeleteHorizon ? BaseTimestamp : null;
}

/// <summary>The attributes of a batch, a bit field.</summary>
public readonly record struct BatchAttributes(short Bits)
{
    private const short CodecMask = 0x07;
    private const short LogAppendTimeBit = 0x08;
    private const short TransactionalBit = 0x10;
    private const short ControlBit = 0x20;
    private const short DeleteHorizonBit = 0x40;

    /// <summary>The codec; numbers above <see cref="CompressionCodec.Zstd"/> name none.</summary>
    public CompressionCodec Codec => (CompressionCodec)(Bits & CodecMask);

    public TimestampType TimestampType => (Bits & LogAppendTimeBit) != 0 ? TimestampType.LogAppendTime : TimestampType.CreateTime;

    public bool IsTransactional => (Bits & TransactionalBit) != 0;

    public bool IsControl => (Bits & ControlBit) != 0;

    public bool HasDeleteHorizon => (Bits & DeleteHorizonBit) != 0;

    public static BatchAttributes Of(CompressionCodec codec, TimestampType type, bool transactional, bool control, bool deleteHorizon) =>
        new((short)((int)codec
            | (type == TimestampType.LogAppendTime ? LogAppendTimeBit : 0)
            | (transactional ? TransactionalBit : 0)
            | (control ? ControlBit : 0)
            | (deleteHorizon ? DeleteHorizonBit : 0)));

    public BatchAttributes With(TimestampType type) =>
        new((short)(type == TimestampType.LogAppendTime ? Bits | LogAppendTimeBit : Bits & ~LogAppendTimeBit));
}

/// <summary>Arithmetic of producers' sequence numbers, which go on at 0 after the highest int.</summary>
public static class Sequences
{
    public static int Add(int sequence, int increment) =>
        sequence > int.MaxValue - increment ? increment - (int.MaxValue - sequence) - 1 : sequence + increment;

    public static int Subtract(int sequence, int decrement) =>
        sequence < decrement ? int.MaxValue - (decrement - sequence) + 1 : sequence - decrement;
}
