using System.Buffers;
using System.Buffers.Binary;
using K4os.Compression.LZ4;
using K4os.Hash.xxHash;

namespace StreamActors.Protocol.Compression;

/// <summary>
/// The LZ4 frame format, within what Kafka's own clients read: one frame of independent blocks, no dictionary. Block checksums are
/// checked, content size and content checksum are not, what follows the frame is ignored.
/// </summary>
internal static class Lz4Codec
{
    private const uint FrameMagic = 0x184D2204;
    private const uint StoredBit = 0x80000000;
    private const int BlockSize = 64 * 1024;
    private const byte Independent = 0x20;
    private const byte BlockChecksum = 0x10;
    private const byte ContentSize = 0x08;
    private const byte Reserved = 0x03;

    // No sequence of the format makes more than 255 bytes of one: what needs more is a lie.
    private const int HighestRatio = 255;

    /// <summary>Kafka's default level, 9, means the fast compressor; all others the high-compression ones.</summary>
    private const int FastLevel = 9;

    public static void Compress(int? level, ReadOnlySpan<byte> source, IBufferWriter<byte> destination)
    {
        ReadOnlySpan<byte> descriptor = [0x40 | Independent, 4 << 4];
        var header = destination.GetSpan(7);
        BinaryPrimitives.WriteUInt32LittleEndian(header, FrameMagic);
        descriptor.CopyTo(header[4..]);
        header[6] = HeaderChecksum(descriptor);
        destination.Advance(7);
        while (!source.IsEmpty)
        {
            var block = source[..Math.Min(source.Length, BlockSize)];
            var span = destination.GetSpan(4 + BlockSize);
            // A block that does not get smaller is stored.
            var written = LZ4Codec.Encode(block, span.Slice(4, block.Length), Level(level));
            var stored = written <= 0 || written >= block.Length;
            if (stored)
            {
                written = block.Length;
                block.CopyTo(span[4..]);
            }

            BinaryPrimitives.WriteUInt32LittleEndian(span, (uint)written | (stored ? StoredBit : 0));
            destination.Advance(4 + written);
            source = source[block.Length..];
        }

        BinaryPrimitives.WriteUInt32LittleEndian(destination.GetSpan(4), 0);
        destination.Advance(4);
    }

    public static DecompressError Decompress(ReadOnlySpan<byte> source, int maxOutput, PooledBuffer output)
    {
        if (source.Length < 7) return DecompressError.Corrupt;
        if (BinaryPrimitives.ReadUInt32LittleEndian(source) != FrameMagic) return DecompressError.Unsupported;
        var flags = source[4];
        var sizeCode = source[5];
        if (flags >> 6 != 1 || (flags & Reserved) != 0 || (sizeCode & 0x8f) != 0 || sizeCode >> 4 < 4) return DecompressError.Unsupported;
        if ((flags & Independent) == 0) return DecompressError.Unsupported;
        var descriptorSize = (flags & ContentSize) != 0 ? 10 : 2;
        if (source.Length < 5 + descriptorSize) return DecompressError.Corrupt;
        var descriptor = source.Slice(4, descriptorSize);
        if (source[4 + descriptor.Length] != HeaderChecksum(descriptor)) return DecompressError.Corrupt;
        return Blocks(source[(5 + descriptor.Length)..], 1 << 8 + 2 * (sizeCode >> 4), (flags & BlockChecksum) != 0, maxOutput, output);
    }

    private static DecompressError Blocks(ReadOnlySpan<byte> source, int highestBlock, bool hasChecksums, int maxOutput, PooledBuffer output)
    {
        while (source.Length >= 4)
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(source);
            source = source[4..];
            if (word == 0) return DecompressError.None;
            var size = (int)(word & ~StoredBit);
            if (size > highestBlock || size > source.Length - (hasChecksums ? 4 : 0)) return DecompressError.Corrupt;
            var block = source[..size];
            source = source[size..];
            if (hasChecksums)
            {
                if (XXH32.DigestOf(block) != BinaryPrimitives.ReadUInt32LittleEndian(source)) return DecompressError.Corrupt;
                source = source[4..];
            }

            var error = (word & StoredBit) != 0 ? Stored(block, maxOutput, output) : Block(block, highestBlock, maxOutput, output);
            if (error != DecompressError.None) return error;
        }

        return DecompressError.Corrupt;
    }

    private static DecompressError Stored(ReadOnlySpan<byte> block, int maxOutput, PooledBuffer output)
    {
        if (block.Length > maxOutput - output.Length) return DecompressError.TooLarge;
        output.Write(block);
        return DecompressError.None;
    }

    private static DecompressError Block(ReadOnlySpan<byte> block, int highestBlock, int maxOutput, PooledBuffer output)
    {
        var possible = (int)Math.Min(highestBlock, block.Length * (long)HighestRatio + 64);
        var allowed = Math.Min(possible, maxOutput - output.Length);
        var written = LZ4Codec.Decode(block, output.GetSpan(allowed)[..allowed]);
        if (written < 0) return allowed < possible ? DecompressError.TooLarge : DecompressError.Corrupt;
        output.Advance(written);
        return DecompressError.None;
    }

    private static byte HeaderChecksum(ReadOnlySpan<byte> descriptor) => (byte)(XXH32.DigestOf(descriptor) >> 8);

    private static LZ4Level Level(int? level) => level switch
    {
        null or FastLevel => LZ4Level.L00_FAST,
        <= 3 => LZ4Level.L03_HC,
        >= 12 => LZ4Level.L12_MAX,
        _ => (LZ4Level)level.Value,
    };
}
