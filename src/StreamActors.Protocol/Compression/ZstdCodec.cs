using System.Buffers;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace StreamActors.Protocol.Compression;

/// <summary>
/// Zstandard: one or several frames, skippable ones among them, windows up to 2^28. Decompression goes straight into the output,
/// which is its window too, so that a frame cannot make us allocate a window that it only announces. Where the output turns out too
/// small it is begun again with four times the room: at most a third more work than one that knew the size.
/// </summary>
internal static class ZstdCodec
{
    private const int DefaultLevel = 3;
    private const ulong HighestWindow = 1UL << 28;

    // A context costs more to make than a batch to compress.
    [ThreadStatic]
    private static Decompressor? decompressor;

    [ThreadStatic]
    private static Compressor? compressor;

    public static void Compress(int? level, ReadOnlySpan<byte> source, IBufferWriter<byte> destination)
    {
        compressor ??= new Compressor();
        if (compressor.Level != (level ?? DefaultLevel)) compressor.Level = level ?? DefaultLevel;
        var span = destination.GetSpan(Compressor.GetCompressBound(source.Length));
        destination.Advance(compressor.Wrap(source, span));
    }

    public static DecompressError Decompress(ReadOnlySpan<byte> source, int maxOutput, PooledBuffer output)
    {
        if (HasTooLargeWindow(source)) return DecompressError.Unsupported;
        decompressor ??= new Decompressor();
        var room = Math.Min(Math.Max(source.Length * 8L, 4096), maxOutput);
        while (true)
        {
            try
            {
                var span = output.GetSpan((int)room);
                span = span[..Math.Min(span.Length, maxOutput)];
                output.Advance(decompressor.Unwrap(source, span));
                return DecompressError.None;
            }
            catch (ZstdException exception) when (exception.Code == ZSTD_ErrorCode.ZSTD_error_dstSize_tooSmall)
            {
                if (room >= maxOutput) return DecompressError.TooLarge;
                room = Math.Min(room * 4, maxOutput);
            }
            catch (ZstdException)
            {
                return DecompressError.Corrupt;
            }
        }
    }

    private static unsafe bool HasTooLargeWindow(ReadOnlySpan<byte> source)
    {
        fixed (byte* start = source)
        {
            ZSTD_frameHeader header = default;
            var result = Methods.ZSTD_getFrameHeader(&header, start, (nuint)source.Length);
            return result == 0 && header.frameType == ZSTD_frameType_e.ZSTD_frame && header.windowSize > HighestWindow;
        }
    }
}
