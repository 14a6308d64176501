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
        return new OffsetPosition(baseOffset + BinaryPrimitives.ReadInt32BigEndian(bytes), BinaryPrimitives.ReadInt32BigEndian(bytes[4..]));
    }

    /// <summary>The last entry at or below an offset; the segment's start where there is none.</summary>
    public static OffsetPosition Floor(IndexView index, long baseOffset, long offset)
    {
        int low = 0, high = index.Count - 1;
        var best = new OffsetPosition(baseOffset, 0);
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var entry = Get(index, baseOffset, middle);
            if (entry.Offset <= offset)
            {
                best = entry;
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return best;
    }

    /// <summary>The last entry at or below a position in the file; the segment's start where there is none.</summary>
    public static OffsetPosition FloorOfPosition(IndexView index, long baseOffset, long position)
    {
        var above = CountBelow(index, baseOffset, position + 1);
        return above == 0 ? new OffsetPosition(baseOffset, 0) : Get(index, baseOffset, above - 1);
    }

    /// <summary>The first entry at or above a position in the file.</summary>
    public static OffsetPosition? Ceiling(IndexView index, long baseOffset, long position)
    {
        var at = CountBelow(index, baseOffset, position);
        return at == index.Count ? null : Get(index, baseOffset, at);
    }

    /// <summary>How many entries lie below a position in the file.</summary>
    public static int CountBelow(IndexView index, long baseOffset, long position)
    {
        int low = 0, high = index.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (Get(index, baseOffset, middle).Position < position) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    /// <summary>Whether entries ascend and lie within a segment's file; looks at the first and the last only.</summary>
    public static bool IsSane(IndexView index, long baseOffset, long segmentSize)
    {
        if (index.Count == 0) return true;
        var first = Get(index, baseOffset, 0);
        var last = Get(index, baseOffset, index.Count - 1);
        return first.Offset >= baseOffset && first.Position >= 0 && last.Position < segmentSize && last.Offset >= first.Offset
            && last.Position >= first.Position && (index.Count == 1 || (last.Offset > first.Offset && last.Position > first.Position));
    }
}
