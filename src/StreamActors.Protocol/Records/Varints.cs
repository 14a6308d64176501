namespace StreamActors.Protocol.Records;

/// <summary>The zigzag varints inside records: at most five bytes for an int, ten for a long.</summary>
internal static class Varints
{
    public const int MaxIntBytes = 5;
    public const int MaxLongBytes = 10;

    /// <summary>Reads an int and moves <paramref name="position"/> behind it; false where the bytes end or go on too long.</summary>
    public static bool TryReadInt(ReadOnlySpan<byte> source, ref int position, out int value)
    {
        uint raw = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            if ((uint)position >= (uint)source.Length) break;
            var next = source[position++];
            raw |= (uint)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                value = (int)(raw >> 1) ^ -(int)(raw & 1);
                return true;
            }
        }

        value = 0;
        return false;
    }

    public static bool TryReadLong(ReadOnlySpan<byte> source, ref int position, out long value)
    {
        ulong raw = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if ((uint)position >= (uint)source.Length) break;
            var next = source[position++];
            raw |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                value = (long)(raw >> 1) ^ -(long)(raw & 1);
                return true;
            }
        }

        value = 0;
        return false;
    }

    public static int Write(Span<byte> destination, int value) => WriteRaw(destination, (uint)(value << 1 ^ value >> 31));

    public static int Write(Span<byte> destination, long value) => WriteRaw(destination, (ulong)(value << 1 ^ value >> 63));

    public static int Size(long value)
    {
        var raw = (ulong)(value << 1 ^ value >> 63);
        var size = 1;
        while ((raw >>= 7) != 0) size++;
        return size;
    }

    private static int WriteRaw(Span<byte> destination, ulong raw)
    {
        var written = 0;
        while (raw >= 0x80)
        {
            destination[written++] = (byte)(raw | 0x80);
            raw >>= 7;
        }

        destination[written++] = (byte)raw;
        return written;
    }
}
