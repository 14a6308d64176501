using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;

namespace StreamActors.Protocol.Wire;

/// <summary>
/// Reads a frame from its beginning to its end. Every length is checked before anything is allocated for it; what is wrong
/// is thrown as <see cref="WireFormatException"/>. Bytes and records are slices of the frame: they live as long as it does.
/// Strings are UTF-8; what is not becomes U+FFFD, as in Kafka, for clients put anything into their client id.
/// </summary>
public ref partial struct WireReader
{
    private readonly ReadOnlyMemory<byte> frame;
    private readonly ReadOnlySpan<byte> span;
    private int position;
    private long budget;
    private bool flexible;

    public WireReader(ReadOnlyMemory<byte> frame)
    {
        this.frame = frame;
        span = frame.Span;
        budget = DecodeBudget.For(frame.Length);
    }

    public readonly int Position => position;

    public readonly int Remaining => span.Length - position;

    /// <summary>What is left of the frame, without reading it.</summary>
    public readonly ReadOnlyMemory<byte> Rest => frame[position..];

    /// <summary>Refuses what comes after the message.</summary>
    public readonly void ExpectEnd()
    {
        if (position != span.Length) Throw(WireError.TrailingBytes);
    }

    /// <summary>Every message begins with this: from here on lengths have the form of its version.</summary>
    internal void Begin(short version, short lowest, short highest, short flexibleSince)
    {
        if (version < lowest || version > highest) Throw(WireError.UnknownVersion);
        flexible = version >= flexibleSince;
    }

    public bool ReadBool() => Take(1)[0] != 0;

    public sbyte ReadInt8() => (sbyte)Take(1)[0];

    public short ReadInt16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public long ReadInt64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public double ReadFloat64() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    public Guid ReadUuid() => new(Take(16), bigEndian: true);

    /// <summary>An unsigned number of up to 32 bits, seven to a byte, the lowest first.</summary>
    public uint ReadUnsignedVarint()
    {
        var first = Take(1)[0];
        return first < 0x80 ? first : ReadLongVarint(first);
    }

    public int ReadVarint() => Varint.FromZigZag(ReadUnsignedVarint());

    public long ReadVarlong()
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = Take(1)[0];
            if (shift == 63 && next > 1) Throw(WireError.VarintTooLong);
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return Varint.FromZigZag(value);
        }
    }

    private uint ReadLongVarint(uint value)
    {
        value &= 0x7f;
        for (var shift = 7; ; shift += 7)
        {
            uint next = Take(1)[0];
            if (shift == 28 && next > 0x0f) Throw(WireError.VarintTooLong);
            value |= (next & 0x7f) << shift;
            if (next < 0x80) return value;
        }
    }

    public string ReadString() => ReadNullableString() ?? ThrowNull<string>();

    public string? ReadNullableString() => Text(flexible ? CompactLength() : NullableLength(ReadInt16()));

    public string ReadClassicString() => ReadNullableClassicString() ?? ThrowNull<string>();

    public string? ReadNullableClassicString() => Text(NullableLength(ReadInt16()));

    public ReadOnlyMemory<byte> ReadBytes() => ReadNullableBytes() ?? ThrowNull<ReadOnlyMemory<byte>>();

    public ReadOnlyMemory<byte>? ReadNullableBytes()
    {
        var length = Length();
        return length < 0 ? default(ReadOnlyMemory<byte>?) : Slice(length);
    }

    public RecordsData ReadRecords(bool nullable = false)
    {
        var length = Length();
        if (length >= 0) return new RecordsData(Slice(length));
        if (!nullable) Throw(WireError.UnexpectedNull);
        return RecordsData.Null;
    }

    private int Length() => flexible ? CompactLength() : NullableLength(ReadInt32());

    /// <summary>One more than the length, 0 for null.</summary>
    private int CompactLength()
    {
        var length = ReadUnsignedVarint();
        if (length > int.MaxValue) Throw(WireError.NegativeLength);
        return (int)length - 1;
    }

    private static int NullableLength(int length)
    {
        if (length < -1) Throw(WireError.NegativeLength);
        return length;
    }

    private string? Text(int length)
    {
        if (length <= 0) return length < 0 ? null : "";
        if (length > short.MaxValue) Throw(WireError.StringTooLong);
        var bytes = Take(length);
        Charge(24 + (2L * length));
        return Encoding.UTF8.GetString(bytes);
    }

    private ReadOnlyMemory<byte> Slice(int length)
    {
        Take(length);
        return frame.Slice(position - length, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > span.Length - position) Throw(length <= 16 ? WireError.Truncated : WireError.LengthBeyondFrame);
        var taken = span.Slice(position, length);
        position += length;
        return taken;
    }

    private void Charge(long bytes)
    {
        budget -= bytes;
        if (budget < 0) Throw(WireError.TooManyElements);
    }

    [DoesNotReturn]
    private static void Throw(WireError error) => throw new WireFormatException(error);

    [DoesNotReturn]
    private static T ThrowNull<T>() => throw new WireFormatException(WireError.UnexpectedNull);
}
