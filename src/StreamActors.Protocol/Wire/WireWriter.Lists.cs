using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace StreamActors.Protocol.Wire;

public sealed partial class WireWriter
{
    internal static Span<T> Items<T>(List<T>? list) => CollectionsMarshal.AsSpan(list);

    /// <summary>The number of elements of a list; -1 for null.</summary>
    internal void WriteCount(int count, bool nullable = false)
    {
        if (count < 0 && !nullable) ThrowNull();
        WriteLength(count);
    }

    internal void WriteInt8Items(List<sbyte>? list) => WriteRaw(MemoryMarshal.AsBytes(Items(list)));

    internal void WriteInt16Items(List<short>? list)
    {
        foreach (var item in Items(list)) WriteInt16(item);
    }

    internal void WriteInt32Items(List<int>? list)
    {
        var items = Items(list);
        if (Room(4 * items.Length))
        {
            for (var i = 0; i < items.Length; i++) BinaryPrimitives.WriteInt32BigEndian(buffer.AsSpan(position + (4 * i)), items[i]);
        }

        position += 4 * items.Length;
    }

    internal void WriteInt64Items(List<long>? list)
    {
        foreach (var item in Items(list)) WriteInt64(item);
    }

    internal void WriteUuidItems(List<Guid>? list)
    {
        foreach (var item in Items(list)) WriteUuid(item);
    }

    internal void WriteStringItems(List<string>? list)
    {
        foreach (var item in Items(list)) WriteString(item);
    }

    internal void WriteBytesItems(List<ReadOnlyMemory<byte>>? list)
    {
        foreach (var item in Items(list)) WriteBytes(item);
    }
}
