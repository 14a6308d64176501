using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace StreamActors.Protocol.Wire;

public ref partial struct WireReader
{
    /// <summary>How many elements a list begins with room for; it grows as they really come.</summary>
    internal static int Capacity(int count) => Math.Min(count, 1024);

    /// <summary>The number of elements of a list; -1 for null.</summary>
    /// <param name="minimalSize">The fewest bytes that an element takes in the frame.</param>
    /// <param name="heapSize">The bytes that an element takes in memory, about.</param>
    internal int ReadCount(int minimalSize, int heapSize, bool nullable = false)
    {
        var count = Length();
        if (count <= 0)
        {
            if (count < 0 && !nullable) Throw(WireError.UnexpectedNull);
            return count;
        }

        if (count > Remaining / minimalSize) Throw(WireError.LengthBeyondFrame);
        Charge(DecodeBudget.List + ((long)heapSize * count));
        return count;
    }

    internal List<short>? ReadInt16Items(int count)
    {
        if (count <= 0) return null;
        var items = Room<short>(count, out var list);
        MemoryMarshal.Cast<byte, short>(Take(2 * count)).CopyTo(items);
        if (BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(items, items);
        return list;
    }

    internal List<int>? ReadInt32Items(int count)
    {
        if (count <= 0) return null;
        var items = Room<int>(count, out var list);
        MemoryMarshal.Cast<byte, int>(Take(4 * count)).CopyTo(items);
        if (BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(items, items);
        return list;
    }

    internal List<long>? ReadInt64Items(int count)
    {
        if (count <= 0) return null;
        var items = Room<long>(count, out var list);
        MemoryMarshal.Cast<byte, long>(Take(8 * count)).CopyTo(items);
        if (BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(items, items);
        return list;
    }

    internal List<sbyte>? ReadInt8Items(int count)
    {
        if (count <= 0) return null;
        var items = Room<sbyte>(count, out var list);
        MemoryMarshal.Cast<byte, sbyte>(Take(count)).CopyTo(items);
        return list;
    }

    internal List<Guid>? ReadUuidItems(int count)
    {
        if (count <= 0) return null;
        var list = new List<Guid>(count);
        while (--count >= 0) list.Add(ReadUuid());
        return list;
    }

    internal List<string>? ReadStringItems(int count)
    {
        if (count <= 0) return null;
        var list = new List<string>(Capacity(count));
        while (--count >= 0) list.Add(ReadString());
        return list;
    }

    internal List<ReadOnlyMemory<byte>>? ReadBytesItems(int count)
    {
        if (count <= 0) return null;
        var list = new List<ReadOnlyMemory<byte>>(Capacity(count));
        while (--count >= 0) list.Add(ReadBytes());
        return list;
    }

    // The elements are all there: the count has been held against what is left of the frame.
    private static Span<T> Room<T>(int count, out List<T> list)
    {
        list = new List<T>(count);
        CollectionsMarshal.SetCount(list, count);
        return CollectionsMarshal.AsSpan(list);
    }
}
