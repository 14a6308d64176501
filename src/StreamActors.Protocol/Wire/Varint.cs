using System.Numerics;

namespace StreamActors.Protocol.Wire;

/// <summary>Numbers of variable length, seven bits to a byte, the lowest first; signed ones with the sign in the lowest bit (zigzag).</summary>
public static class Varint
{
    public const int MaxBytes = 5;
    public const int MaxLongBytes = 10;

    public static uint ToZigZag(int value) => (uint)((value << 1) ^ (value >> 31));

    public static ulong ToZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    public static int FromZigZag(uint value) => (int)(value >> 1) ^ -(int)(value & 1);

    public static long FromZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    /// <summary>How many bytes an unsigned number takes.</summary>
    public static int Size(uint value) => ((BitOperations.Log2(value | 1) * 9) + 73) / 64;

    public static int Size(ulong value) => ((BitOperations.Log2(value | 1) * 9) + 73) / 64;

    public static int Size(int value) => Size(ToZigZag(value));

    public static int Size(long value) => Size(ToZigZag(value));

    /// <summary>Writes an unsigned number; the bytes that it took.</summary>
    public static int Write(Span<byte> destination, uint value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7) destination[at++] = (byte)(value | 0x80);
        destination[at++] = (byte)value;
        return at;
    }

    public static int Write(Span<byte> destination, ulong value)
    {
        var at = 0;
        for (; value >= 0x80; value >>= 7) destination[at++] = (byte)(value | 0x80);
        destination[at++] = (byte)value;
        return at;
    }

    public static int Write(Span<byte> destination, int value) => Write(destination, ToZigZag(value));

    public static int Write(Span<byte> destination, long value) => Write(destination, ToZigZag(value));

    /// <summary>Reads an unsigned number from the beginning of <paramref name="source"/>.</summary>
    /// <returns>The bytes that it took; 0 where it is cut short, -1 where it is longer than any 32-bit number.</returns>
    public static int TryRead(ReadOnlySpan<byte> source, out uint value)
    {
        value = 0;
        for (var at = 0; at < source.Length; at++)
        {
            uint next = source[at];
            if (at == MaxBytes - 1 && next > 0x0f) return -1;
            value |= (next & 0x7f) << (7 * at);
            if (next < 0x80) return at + 1;
        }

        return 0;
    }

    /// <inheritdoc cref="TryRead(ReadOnlySpan{byte}, out uint)"/>
    public static int TryRead(ReadOnlySpan<byte> source, out ulong value)
    {
        value = 0;
        for (var at = 0; at < source.Length; at++)
        {
            ulong next = source[at];
            if (at == MaxLongBytes - 1 && next > 1) return -1;
            value |= (next & 0x7f) << (7 * at);
            if (next < 0x80) return at + 1;
        }

        return 0;
    }

    public static int TryRead(ReadOnlySpan<byte> source, out int value)
    {
        var size = TryRead(source, out uint raw);
        value = FromZigZag(raw);
        return size;
    }

    public static int TryRead(ReadOnlySpan<byte> source, out long value)
    {
        var size = TryRead(source, out ulong raw);
        value = FromZigZag(raw);
        return size;
    }
}
