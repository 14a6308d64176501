using System.Buffers;
using System.Buffers.Binary;
using Snappier;

namespace StreamActors.Protocol.Compression;

/// <summary>
/// Snappy as Kafka's clients write it: the framing of the Java library (xerial), one stream or several in a row, or a single raw block.
/// </summary>
internal static class SnappyCodec
{
    private const int BlockSize = 32 * 1024;
    private const int HeaderSize = 16;

    // No element of the format makes more than 64 bytes of 3: what announces more is a lie.
    private const int HighestRatio = 22;

    private static ReadOnlySpan<byte> Magic => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    public static void Compress(ReadOnlySpan<byte> source, IBufferWriter<byte> destination)
    {
        var header = destination.GetSpan(HeaderSize);
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32BigEndian(header[8..], 1);
        BinaryPrimitives.WriteInt32BigEndian(header[12..], 1);
        destination.Advance(HeaderSize);
        while (!source.IsEmpty)
        {
            var block = source[..Math.Min(source.Length, BlockSize)];
            var span = destination.GetSpan(4 + Snappy.GetMaxCompressedLength(block.Length));
            var written = Snappy.Compress(block, span[4..]);
            BinaryPrimitives.WriteInt32BigEndian(span, written);
            destination.Advance(4 + written);
            source = source[block.Length..];
        }
    }

    public static DecompressError Decompress(ReadOnlySpan<byte> source, int maxOutput, PooledBuffer output)
    {
        if (!source.StartsWith(Magic)) return Block(source, maxOutput, output);
        while (!source.IsEmpty)
        {
            if (source.StartsWith(Magic))
            {
                if (source.Length < HeaderSize) return DecompressError.Corrupt;
                source = source[HeaderSize..];
                continue;
            }

            if (source.Length < 4) return DecompressError.Corrupt;
            var length = BinaryPrimitives.ReadInt32BigEndian(source);
            source = source[4..];
            if (length < 0 || length > source.Length) return DecompressError.Corrupt;
            var error = Block(source[..length], maxOutput, output);
            if (error != DecompressError.None) return error;
            source = source[length..];
        }

        return DecompressError.None;
    }

    private static DecompressError Block(ReadOnlySpan<byte> block, int maxOutput, PooledBuffer output)
    {
        try
        {
            var length = Snappy.GetUncompressedLength(block);
            if (length < 0 || length > (long)block.Length * HighestRatio) return DecompressError.Corrupt;
            if (length > maxOutput - output.Length) return DecompressError.TooLarge;
            if (Snappy.Decompress(block, output.GetSpan(length)[..length]) != length) return DecompressError.Corrupt;
            output.Advance(length);
            return DecompressError.None;
        }
        catch (Exception exception) when (exception is InvalidDataException or ArgumentException)
        {
            return DecompressError.Corrupt;
        }
    }
}
