using System.Buffers;

namespace StreamActors.Protocol.Compression;

/// <summary>
/// The four codecs of record batches, in the framings that Kafka's clients write. All managed code
/// (docs/decisions/0001-managed-compression.md).
/// </summary>
public static class Codecs
{
    /// <param name="codec">Anything but an unknown one.</param>
    /// <param name="level">The codec's own level, as the topic settings <c>compression.*.level</c> have it; null for the default.</param>
    /// <param name="source">What to compress.</param>
    /// <param name="destination">Where the compressed bytes are appended.</param>
    public static void Compress(CompressionCodec codec, int? level, ReadOnlySpan<byte> source, IBufferWriter<byte> destination)
    {
        switch (codec)
        {
            case CompressionCodec.None: destination.Write(source); break;
            case CompressionCodec.Gzip: GzipCodec.Compress(level, source, destination); break;
            case CompressionCodec.Snappy: SnappyCodec.Compress(source, destination); break;
            case CompressionCodec.Lz4: Lz4Codec.Compress(level, source, destination); break;
            case CompressionCodec.Zstd: ZstdCodec.Compress(level, source, destination); break;
            default: throw new ArgumentOutOfRangeException(nameof(codec), codec, "Unknown codec");
        }
    }

    /// <summary>
    /// Decompresses all of <paramref name="source"/>. Memory grows with the output that really comes, never with what the input
    /// announces, and never beyond <paramref name="maxOutput"/> (but for the pool's rounding up).
    /// </summary>
    /// <param name="codec">Any number that fits into a batch's attributes.</param>
    /// <param name="source">The compressed bytes.</param>
    /// <param name="maxOutput">How many bytes may come out.</param>
    /// <param name="output">The bytes, to be disposed by the caller; null where there is an error.</param>
    public static DecompressError Decompress(CompressionCodec codec, ReadOnlyMemory<byte> source, int maxOutput, out PooledBuffer? output)
    {
        output = null;
        if (codec > CompressionCodec.Zstd) return DecompressError.UnknownCodec;
        var buffer = new PooledBuffer((int)Math.Min(maxOutput, Math.Min(source.Length * 4L, 1 << 20)));
        var error = DecompressError.Corrupt;
        try
        {
            error = codec switch
            {
                CompressionCodec.None => Copy(source.Span, maxOutput, buffer),
                CompressionCodec.Gzip => GzipCodec.Decompress(source, maxOutput, buffer),
                CompressionCodec.Snappy => SnappyCodec.Decompress(source.Span, maxOutput, buffer),
                CompressionCodec.Lz4 => Lz4Codec.Decompress(source.Span, maxOutput, buffer),
                _ => ZstdCodec.Decompress(source.Span, maxOutput, buffer),
            };
        }
        finally
        {
            if (error == DecompressError.None) output = buffer;
            else buffer.Dispose();
        }

        return error;
    }

    private static DecompressError Copy(ReadOnlySpan<byte> source, int maxOutput, PooledBuffer output)
    {
        if (source.Length > maxOutput) return DecompressError.TooLarge;
        output.Write(source);
        return DecompressError.None;
    }
}
