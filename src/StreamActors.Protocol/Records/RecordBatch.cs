using StreamActors.Protocol.Compression;

namespace StreamActors.Protocol.Records;

/// <summary>One whole batch of message format 2, as bytes. Its length is right; what is inside need not be.</summary>
public readonly struct RecordBatch(ReadOnlyMemory<byte> memory)
{
    /// <summary>The batch's bytes, exactly.</summary>
    public ReadOnlyMemory<byte> Memory => memory;

    public RecordBatchHeader Header => new(memory.Span);

    public ReadOnlyMemory<byte> Payload => memory[RecordBatchHeader.Size..];

    public bool IsCrcValid => Crc32C.Compute(memory.Span[RecordBatchHeader.CrcStart..]) == Header.Crc;

    /// <summary>
    /// Opens the records, decompressed where need be into a pooled buffer, which lives until the result is disposed.
    /// Does not look at the CRC.
    /// </summary>
    /// <param name="maxDecompressed">Bytes that the records may have once decompressed.</param>
    /// <param name="records">The records' bytes; to be disposed.</param>
    public BatchError Open(int maxDecompressed, out OpenedBatch records)
    {
        var header = Header;
        records = default;
        if (header.Count < 0) return BatchError.NegativeCount;
        if (header.Codec == CompressionCodec.None)
        {
            records = new OpenedBatch(this, Payload, owner: null);
            return BatchError.None;
        }

        var error = Codecs.Decompress(header.Codec, Payload, maxDecompressed, out var buffer);
        if (error != DecompressError.None) return Translate(error);
        records = new OpenedBatch(this, buffer!.Memory, buffer);
        return BatchError.None;
    }

    public static BatchError Translate(DecompressError error) => error switch
    {
        DecompressError.None => BatchError.None,
        DecompressError.UnknownCodec => BatchError.UnknownCodec,
        DecompressError.TooLarge => BatchError.TooLargeDecompressed,
        _ => BatchError.BadCompression,
    };
}

/// <summary>A batch whose records can be read.</summary>
public readonly struct OpenedBatch(RecordBatch batch, ReadOnlyMemory<byte> payload, IDisposable? owner) : IDisposable
{
    public RecordBatch Batch => batch;

    /// <summary>The records' bytes, not compressed.</summary>
    public ReadOnlyMemory<byte> Payload => payload;

    public RecordReader Read() => new(batch.Header, payload);

    public void Dispose() => owner?.Dispose();
}
