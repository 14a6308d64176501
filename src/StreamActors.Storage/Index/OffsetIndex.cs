using System.Buffers.Binary;

namespace StreamActors.Storage.Index;

/// <summary>An entry: the last offset of a batch, and where in the segment's file that batch begins.</summary>
internal readonly record struct OffsetPosition(long Offset, int Position);

/// <summary>The <c>.index</c> file: entries of eight bytes, offset (relative to the segment's base) and position.</summary>
internal static class OffsetIndex
{
    public const int EntrySize = 8;

    public static void Append(IndexBuilder index, long baseOffset, OffsetPosition entry)
    {
        Span<byte> bytes = stackalloc byte[EntrySize];
        BinaryPrimitives.WriteInt32BigEndian(bytes, (int)(entry.Offset - baseOffset));
        BinaryPrimitives.WriteInt32BigEndian(bytes[4..], entry.Position);
        index.Append(bytes);
    }

    public static OffsetPosition Get(IndexView index, long baseOffset, int at)
    {
        Span<byte> bytes = stackalloc byte[EntrySize];
        index.Read(at, bytes);
        return Parse(bytes, baseOffset);
    }

    /// <summary>The last entry at or below an offset; the segment's start where there is none.</summary>
    public static OffsetPosition Floor(IndexView index, long baseOffset, long offset) => Around(index, baseOffset, offset).Floor;

    /// <summary>The last entry at or below an offset, or the segment's start where there is none; and the one behind it, if there is one.</summary>
    public static (OffsetPosition Floor, OffsetPosition? Next) Around(IndexView index, long baseOffset, long offset)
    {
        Span<byte> last = stackalloc byte[EntrySize];
        Span<byte> next = stackalloc byte[EntrySize];
        var count = index.CountWhile(new IsAtOrBelow(baseOffset, offset), last, next);
        return (count == 0 ? new OffsetPosition(baseOffset, 0) : Parse(last, baseOffset), count == index.Count ? null : Parse(next, baseOffset));
    }

    /// <summary>The last entry at or below a position in the file; the segment's start where there is none.</summary>
    public static OffsetPosition FloorOfPosition(IndexView index, long baseOffset, long position)
    {
        Span<byte> last = stackalloc byte[EntrySize];
        return index.CountWhile(new LiesBelow(position + 1), last, []) == 0 ? new OffsetPosition(baseOffset, 0) : Parse(last, baseOffset);
    }

    /// <summary>The first entry at or above a position in the file.</summary>
    public static OffsetPosition? Ceiling(IndexView index, long baseOffset, long position)
    {
        Span<byte> next = stackalloc byte[EntrySize];
        return index.CountWhile(new LiesBelow(position), [], next) == index.Count ? null : Parse(next, baseOffset);
    }

    /// <summary>How many entries lie below a position in the file.</summary>
    public static int CountBelow(IndexView index, long position) => index.CountWhile(new LiesBelow(position), [], []);

    /// <summary>Whether entries ascend and lie within a segment's file; looks at the first and the last only.</summary>
    public static bool IsSane(IndexView index, long baseOffset, long segmentSize)
    {
        if (index.Count == 0) return true;
        var first = Get(index, baseOffset, 0);
        var last = Get(index, baseOffset, index.Count - 1);
        return first.Offset >= baseOffset && first.Position >= 0 && last.Position < segmentSize && last.Offset >= first.Offset
            && last.Position >= first.Position && (index.Count == 1 || (last.Offset > first.Offset && last.Position > first.Position));
    }

    private static OffsetPosition Parse(ReadOnlySpan<byte> entry, long baseOffset) =>
        new(baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry), BinaryPrimitives.ReadInt32BigEndian(entry[4..]));

    private readonly struct IsAtOrBelow(long baseOffset, long offset) : IEntryTest
    {
        public bool Holds(ReadOnlySpan<byte> entry) => baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry) <= offset;
    }

    private readonly struct LiesBelow(long position) : IEntryTest
    {
        public bool Holds(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadInt32BigEndian(entry[4..]) < position;
    }
}
