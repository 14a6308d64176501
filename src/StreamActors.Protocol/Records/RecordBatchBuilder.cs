using System.Buffers;
using System.Buffers.Binary;
using StreamActors.Protocol.Compression;

namespace StreamActors.Protocol.Records;

/// <summary>
/// Writes one batch. Set what it shall say, append records in ascending order of offsets, build. May be used again after
/// <see cref="Clear"/>. Owns a pooled buffer until it is disposed. Not for several threads.
/// </summary>
public sealed class RecordBatchBuilder : IDisposable
{
    private readonly PooledBuffer records = new(4096);
    private long baseTimestamp;
    private long maxTimestamp = -1;
    private int lastOffsetDelta = -1;

    public long BaseOffset { get; set; }

    public int PartitionLeaderEpoch { get; set; } = -1;

    public long ProducerId { get; set; } = -1;

    public short ProducerEpoch { get; set; } = -1;

    public int BaseSequence { get; set; } = -1;

    public bool IsTransactional { get; set; }

    public bool IsControl { get; set; }

    public CompressionCodec Codec { get; set; }

    /// <summary>The codec's own level; null for its default.</summary>
    public int? CompressionLevel { get; set; }

    public TimestampType TimestampType { get; set; }

    /// <summary>The timestamp of all records under <see cref="TimestampType.LogAppendTime"/>.</summary>
    public long LogAppendTime { get; set; } = -1;

    /// <summary>Set by compaction only. It takes the base timestamp's place, so it must be set before the first record.</summary>
    public long? DeleteHorizonMs { get; set; }

    /// <summary>The last offset may lie beyond the last record's where compaction took records out; null otherwise.</summary>
    public int? LastOffsetDelta { get; set; }

    public int Count { get; private set; }

    /// <summary>Bytes of the batch if it were not compressed.</summary>
    public int UncompressedSize => RecordBatchHeader.Size + records.Length;

    public void Append(TimestampMs timestamp, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value, ReadOnlySpan<RecordHeader> headers = default) =>
        AppendAt(new Offset(BaseOffset + lastOffsetDelta + 1), timestamp, key, value, headers);

    /// <summary>Appends a record at a given offset, which must be above the last one's.</summary>
    public void AppendAt(
        Offset offset, TimestampMs timestamp, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value, ReadOnlySpan<RecordHeader> headers = default)
    {
        var delta = offset.Value - BaseOffset;
        if (delta <= lastOffsetDelta || delta > int.MaxValue)
            throw new ArgumentException($"Offset {offset} cannot follow {BaseOffset + lastOffsetDelta} in a batch that begins at {BaseOffset}");
        if (Count == 0) baseTimestamp = DeleteHorizonMs ?? timestamp.Value;
        var timestampDelta = timestamp.Value - baseTimestamp;

        var body = BodySize(timestampDelta, (int)delta, key, value, headers);
        var span = records.GetSpan(body + Varints.MaxIntBytes);
        var at = Varints.Write(span, body);
        span[at++] = 0;
        at += Varints.Write(span[at..], timestampDelta);
        at += Varints.Write(span[at..], (int)delta);
        at += WriteBytes(span[at..], key);
        at += WriteBytes(span[at..], value);
        at += Varints.Write(span[at..], headers.Length);
        foreach (var header in headers)
        {
            at += WriteBytes(span[at..], header.Key);
            at += WriteBytes(span[at..], header.Value);
        }

        records.Advance(at);
        lastOffsetDelta = (int)delta;
        maxTimestamp = Math.Max(maxTimestamp, timestamp.Value);
        Count++;
    }

    /// <summary>The batch, in an array of its own.</summary>
    public byte[] Build()
    {
        using var buffer = new PooledBuffer(UncompressedSize);
        BuildInto(buffer);
        return buffer.Memory.ToArray();
    }

    /// <summary>Writes the batch at the end of <paramref name="buffer"/>; returns its size in bytes.</summary>
    public int BuildInto(PooledBuffer buffer)
    {
        var start = buffer.Length;
        buffer.GetSpan(RecordBatchHeader.Size)[..RecordBatchHeader.Size].Clear();
        buffer.Advance(RecordBatchHeader.Size);
        // An empty batch (compaction leaves such) says its codec but holds no bytes.
        if (Codec == CompressionCodec.None || Count == 0) buffer.Write(records.Memory.Span);
        else Codecs.Compress(Codec, CompressionLevel, records.Memory.Span, buffer);
        var batch = buffer.WrittenSpan[start..];
        WriteHeader(batch);
        return batch.Length;
    }

    /// <summary>Forgets the records; the settings stay.</summary>
    public void Clear()
    {
        records.Clear();
        Count = 0;
        lastOffsetDelta = -1;
        maxTimestamp = -1;
        LastOffsetDelta = null;
    }

    public void Dispose() => records.Dispose();

    private void WriteHeader(Span<byte> batch)
    {
        var attributes = BatchAttributes.Of(Codec, TimestampType, IsTransactional, IsControl, DeleteHorizonMs is not null);
        var max = TimestampType == TimestampType.LogAppendTime ? LogAppendTime : maxTimestamp;
        var first = Count == 0 ? DeleteHorizonMs ?? -1 : baseTimestamp;
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatchHeader.LengthAt..], batch.Length - RecordBatchHeader.LogOverhead);
        RecordBatchStamp.OffsetAndEpoch(batch, BaseOffset, PartitionLeaderEpoch);
        batch[RecordBatchHeader.MagicAt] = 2;
        BinaryPrimitives.WriteInt16BigEndian(batch[RecordBatchHeader.AttributesAt..], attributes.Bits);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatchHeader.LastOffsetDeltaAt..], LastOffsetDelta ?? Math.Max(lastOffsetDelta, 0));
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatchHeader.BaseTimestampAt..], first);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatchHeader.MaxTimestampAt..], max);
        BinaryPrimitives.WriteInt64BigEndian(batch[RecordBatchHeader.ProducerIdAt..], ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(batch[RecordBatchHeader.ProducerEpochAt..], ProducerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatchHeader.BaseSequenceAt..], BaseSequence);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordBatchHeader.CountAt..], Count);
        RecordBatchStamp.Crc(batch);
    }

    private static int BodySize(
        long timestampDelta, int offsetDelta, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value, ReadOnlySpan<RecordHeader> headers)
    {
        var size = 1 + Varints.Size(timestampDelta) + Varints.Size(offsetDelta) + BytesSize(key) + BytesSize(value) + Varints.Size(headers.Length);
        foreach (var header in headers) size = checked(size + BytesSize(header.Key) + BytesSize(header.Value));
        return size;
    }

    private static int BytesSize(ReadOnlyMemory<byte>? bytes) => bytes is { } some ? checked(Varints.Size(some.Length) + some.Length) : 1;

    private static int WriteBytes(Span<byte> destination, ReadOnlyMemory<byte>? bytes)
    {
        if (bytes is not { } some) return Varints.Write(destination, -1);
        var at = Varints.Write(destination, some.Length);
        some.Span.CopyTo(destination[at..]);
        return at + some.Length;
    }
}
