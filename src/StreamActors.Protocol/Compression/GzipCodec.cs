using System.Buffers;
using System.IO.Compression;

namespace StreamActors.Protocol.Compression;

/// <summary>Gzip: one or several members; whatever follows the last one is ignored.</summary>
internal static class GzipCodec
{
    public static void Compress(int? level, ReadOnlySpan<byte> source, IBufferWriter<byte> destination)
    {
        var options = new ZLibCompressionOptions { CompressionLevel = level is null or -1 ? 6 : level.Value };
        using var gzip = new GZipStream(new WriterStream(destination), options);
        gzip.Write(source);
    }

    public static DecompressError Decompress(ReadOnlyMemory<byte> source, int maxOutput, PooledBuffer output)
    {
        var input = new SealedInput(source);
        try
        {
            using var gzip = new GZipStream(input, CompressionMode.Decompress);
            // The seal is part of the output until the end.
            var limit = (long)maxOutput + SealedInput.Seal.Length;
            while (true)
            {
                var span = output.GetSpan((int)Math.Clamp(limit - output.Length, 1, 4096));
                span = span[..(int)Math.Min(span.Length, limit - output.Length + 1)];
                var read = gzip.Read(span);
                if (read == 0) break;
                output.Advance(read);
                if (output.Length > limit) return DecompressError.TooLarge;
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            return DecompressError.Corrupt;
        }

        if (input.IsSealRead)
        {
            if (!output.WrittenSpan.EndsWith(SealedInput.Seal)) return DecompressError.Corrupt;
            output.Truncate(output.Length - SealedInput.Seal.Length);
        }

        return output.Length > maxOutput ? DecompressError.TooLarge : DecompressError.None;
    }

    /// <summary>
    /// The input followed by one more gzip member with a known text. The framework's stream says nothing when its input ends within
    /// a member; but then that text does not come out. Where garbage follows the members, it stops before it reads the text.
    /// </summary>
    private sealed class SealedInput(ReadOnlyMemory<byte> source) : Stream
    {
        private static readonly byte[] SealMember = Build();
        private int position;
        private int sealPosition;

        public static ReadOnlySpan<byte> Seal => "-end-of-the-input"u8;

        public bool IsSealRead => sealPosition > 0;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer) =>
            position < source.Length ? Take(source.Span, ref position, buffer) : Take(SealMember, ref sealPosition, buffer);

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private static int Take(ReadOnlySpan<byte> from, ref int at, Span<byte> buffer)
        {
            var count = Math.Min(buffer.Length, from.Length - at);
            from.Slice(at, count).CopyTo(buffer);
            at += count;
            return count;
        }

        private static byte[] Build()
        {
            var writer = new ArrayBufferWriter<byte>();
            Compress(1, Seal, writer);
            return writer.WrittenSpan.ToArray();
        }
    }

    private sealed class WriterStream(IBufferWriter<byte> writer) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer) => writer.Write(buffer);
        public override void Write(byte[] buffer, int offset, int count) => writer.Write(buffer.AsSpan(offset, count));
        public override void Flush() { }
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
