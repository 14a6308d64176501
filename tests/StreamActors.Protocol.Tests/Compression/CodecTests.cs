using System.Buffers;
using StreamActors.Protocol.Compression;

namespace StreamActors.Protocol.Tests.Compression;

public sealed class CodecTests
{
    public static TheoryData<CompressionCodec, int?> CodecsAndLevels => new()
    {
        { CompressionCodec.None, null },
        { CompressionCodec.Gzip, null }, { CompressionCodec.Gzip, 1 }, { CompressionCodec.Gzip, 9 },
        { CompressionCodec.Snappy, null },
        { CompressionCodec.Lz4, null }, { CompressionCodec.Lz4, 1 }, { CompressionCodec.Lz4, 17 },
        { CompressionCodec.Zstd, null }, { CompressionCodec.Zstd, -5 }, { CompressionCodec.Zstd, 19 },
    };

    [Theory]
    [MemberData(nameof(CodecsAndLevels))]
    public void Gives_back_what_it_compressed(CompressionCodec codec, int? level)
    {
        foreach (var data in Samples())
        {
            var compressed = new ArrayBufferWriter<byte>();
            Codecs.Compress(codec, level, data, compressed);
            Assert.Equal(DecompressError.None, Codecs.Decompress(codec, compressed.WrittenMemory, data.Length, out var output));
            using (output) Assert.Equal(data, output!.Memory.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(CodecsAndLevels))]
    public void One_byte_more_than_allowed_is_too_large(CompressionCodec codec, int? level)
    {
        foreach (var data in Samples().Where(d => d.Length > 0))
        {
            var compressed = new ArrayBufferWriter<byte>();
            Codecs.Compress(codec, level, data, compressed);
            Assert.Equal(DecompressError.TooLarge, Codecs.Decompress(codec, compressed.WrittenMemory, data.Length - 1, out _));
        }
    }

    [Theory]
    [InlineData(CompressionCodec.Gzip)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData(CompressionCodec.Lz4)]
    [InlineData(CompressionCodec.Zstd)]
    public void Whatever_is_cut_or_flipped_is_refused_or_read_but_never_thrown(CompressionCodec codec)
    {
        var random = new Random(11);
        var compressed = new ArrayBufferWriter<byte>();
        Codecs.Compress(codec, null, Samples().Last(), compressed);
        var whole = compressed.WrittenSpan.ToArray();
        foreach (var cut in new[] { 0, 1, 3, 7, 8, 16, 20, whole.Length / 2, whole.Length - 1 })
        {
            var error = Codecs.Decompress(codec, whole.AsMemory(0, cut), 1 << 20, out var output);
            output?.Dispose();
            // Zstandard calls nothing at all no frames; Xerial streams may end behind any block.
            if (cut > 0 && codec != CompressionCodec.Snappy) Assert.NotEqual(DecompressError.None, error);
        }

        for (var i = 0; i < 300; i++)
        {
            var damaged = whole.ToArray();
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            if (Codecs.Decompress(codec, damaged, 1 << 20, out var output) == DecompressError.None) output!.Dispose();
        }
    }

    [Fact]
    public void An_lz4_frame_that_ends_within_its_descriptor_is_corrupt() =>
        Assert.Equal(DecompressError.Corrupt, Codecs.Decompress(CompressionCodec.Lz4, new byte[] { 4, 0x22, 0x4d, 0x18, 0x68, 0x40, 1, 2 }, 100, out _));

    [Theory]
    [InlineData(5)]
    [InlineData(7)]
    public void Unknown_codecs_are_said_to_be_unknown(int codec) =>
        Assert.Equal(DecompressError.UnknownCodec, Codecs.Decompress((CompressionCodec)codec, new byte[10], 100, out _));

    private static IEnumerable<byte[]> Samples()
    {
        var random = new Random(5);
        yield return [];
        yield return [42];
        var noise = new byte[100_000];
        random.NextBytes(noise);
        yield return noise;
        yield return new byte[300_000];
        yield return [.. Enumerable.Range(0, 8000).SelectMany(i => System.Text.Encoding.ASCII.GetBytes($"key-{i % 100} value {random.Next(1000)};"))];
    }
}
