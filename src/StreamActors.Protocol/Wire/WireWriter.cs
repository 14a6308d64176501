using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;

namespace StreamActors.Protocol.Wire;

/// <summary>Records that belong into the written bytes at <paramref name="Position"/> but are elsewhere; the transport puts them there.</summary>
public readonly record struct WireInsert(int Position, RecordsSource Source);

/// <summary>
/// Writes into a buffer that grows and is pooled (give it back with <see cref="Dispose"/>), or into a given array. Records
/// that are not in memory are not copied, unless asked: they are in <see cref="Inserts"/>.
/// </summary>
public sealed partial class WireWriter : IDisposable
{
    private readonly Mode mode;
    private readonly bool copyRecords;
    private byte[] buffer;
    private int position;
    private long inserted;
    private List<WireInsert>? inserts;
    private bool flexible;

    private enum Mode
    {
        Pooled,
        Fixed,
        Measuring,
    }

    /// <param name="capacity">The bytes to begin with.</param>
    /// <param name="copyRecords">Copies records from wherever they are, so that <see cref="Written"/> is all there is.</param>
    public WireWriter(int capacity = 512, bool copyRecords = false)
        : this(Mode.Pooled, ArrayPool<byte>.Shared.Rent(capacity), copyRecords)
    {
    }

    /// <summary>Writes into <paramref name="destination"/>, which has to be large enough.</summary>
    public WireWriter(byte[] destination)
        : this(Mode.Fixed, destination, copyRecords: true)
    {
    }

    private WireWriter(Mode mode, byte[] buffer, bool copyRecords)
    {
        this.mode = mode;
        this.buffer = buffer;
        this.copyRecords = copyRecords;
    }

    /// <summary>The bytes written, without the inserts.</summary>
    public ReadOnlyMemory<byte> Written => buffer.AsMemory(0, position);

    /// <summary>The bytes written, counting those of the inserts.</summary>
    public long Length => position + inserted;

    public IReadOnlyList<WireInsert> Inserts => inserts ?? (IReadOnlyList<WireInsert>)[];

    /// <summary>The bytes that a message takes.</summary>
    public static int Measure(IApiMessage message, short version)
    {
        using var measure = new WireWriter(Mode.Measuring, [], copyRecords: false);
        message.Write(measure, version);
        return checked((int)measure.Length);
    }

    /// <summary>The bytes of a message in an array of its own.</summary>
    public static byte[] ToArray(IApiMessage message, short version)
    {
        using var writer = new WireWriter(copyRecords: true);
        message.Write(writer, version);
        return writer.Written.ToArray();
    }

    public void Dispose()
    {
        if (mode == Mode.Pooled && buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
        position = 0;
    }

    /// <summary>Every message begins with this: from here on lengths have the form of its version.</summary>
    internal void Begin(short version, short lowest, short highest, short flexibleSince)
    {
        if (version < lowest || version > highest) throw new ArgumentOutOfRangeException(nameof(version), version, $"There are versions {lowest} to {highest}");
        flexible = version >= flexibleSince;
    }

    public void WriteBool(bool value) => WriteInt8((sbyte)(value ? 1 : 0));

    public void WriteInt8(sbyte value)
    {
        if (Room(1)) buffer[position] = (byte)value;
        position++;
    }

    public void WriteInt16(short value)
    {
        if (Room(2)) BinaryPrimitives.WriteInt16BigEndian(buffer.AsSpan(position), value);
        position += 2;
    }

    public void WriteUInt16(ushort value) => WriteInt16((short)value);

    public void WriteInt32(int value)
    {
        if (Room(4)) BinaryPrimitives.WriteInt32BigEndian(buffer.AsSpan(position), value);
        position += 4;
    }

    public void WriteUInt32(uint value) => WriteInt32((int)value);

    public void WriteInt64(long value)
    {
        if (Room(8)) BinaryPrimitives.WriteInt64BigEndian(buffer.AsSpan(position), value);
        position += 8;
    }

    public void WriteFloat64(double value) => WriteInt64(BitConverter.DoubleToInt64Bits(value));

    public void WriteUuid(Guid value)
    {
        if (Room(16)) value.TryWriteBytes(buffer.AsSpan(position), bigEndian: true, out _);
        position += 16;
    }

    public void WriteUnsignedVarint(uint value)
    {
        var size = Varint.Size(value);
        if (Room(size)) Varint.Write(buffer.AsSpan(position), value);
        position += size;
    }

    public void WriteVarint(int value) => WriteUnsignedVarint(Varint.ToZigZag(value));

    public void WriteVarlong(long value)
    {
        var size = Varint.Size(value);
        if (Room(size)) Varint.Write(buffer.AsSpan(position), value);
        position += size;
    }

    public void WriteRaw(ReadOnlySpan<byte> bytes)
    {
        if (Room(bytes.Length)) bytes.CopyTo(buffer.AsSpan(position));
        position += bytes.Length;
    }

    /// <summary>Puts a number into bytes that have been written: a length that is known afterwards.</summary>
    public void PatchInt32(int at, int value)
    {
        if (mode != Mode.Measuring) BinaryPrimitives.WriteInt32BigEndian(buffer.AsSpan(at, 4), value);
    }

    public void WriteString(string? value, bool nullable = false) => WriteText(value, nullable, compact: flexible);

    public void WriteClassicString(string? value, bool nullable = false) => WriteText(value, nullable, compact: false);

    private void WriteText(string? value, bool nullable, bool compact)
    {
        if (value is null && !nullable) ThrowNull();
        var length = value is null ? -1 : Encoding.UTF8.GetByteCount(value);
        if (length > short.MaxValue) throw new ArgumentException($"A string of {length} bytes; no more than {short.MaxValue} are possible");
        if (compact) WriteUnsignedVarint((uint)(length + 1));
        else WriteInt16((short)length);
        if (length <= 0) return;
        if (Room(length)) Encoding.UTF8.GetBytes(value, buffer.AsSpan(position));
        position += length;
    }

    public void WriteBytes(ReadOnlyMemory<byte>? value, bool nullable = false)
    {
        if (value is null && !nullable) ThrowNull();
        WriteLength(value?.Length ?? -1);
        WriteRaw(value.GetValueOrDefault().Span);
    }

    public void WriteRecords(RecordsData value, bool nullable = false)
    {
        if (value.IsNull && !nullable) ThrowNull();
        WriteLength(value.IsNull ? -1 : value.Length);
        if (value.Source is not { } source)
        {
            WriteRaw(value.Memory.Span);
        }
        else if (copyRecords)
        {
            if (Room(source.Length)) source.CopyTo(0, buffer.AsSpan(position, source.Length));
            position += source.Length;
        }
        else
        {
            (inserts ??= []).Add(new WireInsert(position, source));
            inserted += source.Length;
        }
    }

    private void WriteLength(int length)
    {
        if (flexible) WriteUnsignedVarint((uint)(length + 1));
        else WriteInt32(length);
    }

    [DoesNotReturn]
    internal static void ThrowNull() => throw new InvalidOperationException("Null, where the version written has no null");

    /// <summary>Makes room; false where the bytes are only counted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Room(int bytes)
    {
        if (bytes <= buffer.Length - position) return true;
        return Grow(bytes);
    }

    private bool Grow(int bytes)
    {
        if (mode == Mode.Measuring) return false;
        if (mode == Mode.Fixed) throw new InvalidOperationException($"The array of {buffer.Length} bytes is too small");
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, Math.Max(2L * buffer.Length, (long)position + bytes)));
        buffer.AsSpan(0, position).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
        return true;
    }
}
