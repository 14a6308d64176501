using System.Buffers.Binary;

namespace StreamActors.Storage.Index;

/// <summary>An entry: no record up to and with the offset has a higher timestamp.</summary>
internal readonly record struct TimestampOffset(long Timestamp, long Offset)
{
    public static readonly TimestampOffset None = new(-1, -1);
}

/// <summary>The <c>.timeindex</c> file: entries of twelve bytes, timestamp and offset (relative to the segment's base).</summary>
internal static class TimeIndex
{
    public const int EntrySize = 12;

    /// <summary>Adds an entry, unless its timestamp is no higher than the last one's.</summary>
    public static void Append(IndexBuilder index, long baseOffset, TimestampOffset entry)
    {
        if (entry.Timestamp < 0) return;
        if (index.Count > 0 && Get(index.View, baseOffset, index.Count - 1).Timestamp >= entry.Timestamp) return;
        Span<byte> bytes = stackalloc byte[EntrySize];
        BinaryPrimitives.WriteInt64BigEndian(bytes, entry.Timestamp);
        BinaryPrimitives.WriteInt32BigEndian(bytes[8..], (int)(entry.Offset - baseOffset));
        index.Append(bytes);
    }

    public static TimestampOffset Get(IndexView index, long baseOffset, int at)
    {
        Span<byte> bytes = stackalloc byte[EntrySize];
        index.Read(at, bytes);
        return Parse(bytes, baseOffset);
    }

    public static TimestampOffset Last(IndexView index, long baseOffset) =>
        index.Count == 0 ? TimestampOffset.None : Get(index, baseOffset, index.Count - 1);

    /// <summary>The last entry below a timestamp: the first record that has it, or a higher one, lies behind that offset.</summary>
    public static TimestampOffset Below(IndexView index, long baseOffset, long timestamp)
    {
        Span<byte> last = stackalloc byte[EntrySize];
        return index.CountWhile(new IsBelow(timestamp), last, []) == 0 ? new TimestampOffset(-1, baseOffset) : Parse(last, baseOffset);
    }

    /// <summary>How many entries, from the first on, are of offsets below one.</summary>
    public static int CountBelow(IndexView index, long baseOffset, long offset)
    {
        var count = index.Count;
        while (count > 0 && Get(index, baseOffset, count - 1).Offset >= offset) count--;
        return count;
    }

    public static bool IsSane(IndexView index, long baseOffset)
    {
        if (index.Count == 0) return true;
        var first = Get(index, baseOffset, 0);
        var last = Get(index, baseOffset, index.Count - 1);
        return first.Offset >= baseOffset && first.Timestamp >= 0 && last.Offset >= first.Offset
            && (index.Count == 1 ? last == first : last.Timestamp > first.Timestamp);
    }

    private static TimestampOffset Parse(ReadOnlySpan<byte> entry, long baseOffset) =>
        new(BinaryPrimitives.ReadInt64BigEndian(entry), baseOffset + BinaryPrimitives.ReadInt32BigEndian(entry[8..]));

    private readonly struct IsBelow(long timestamp) : IEntryTest
    {
        public bool Holds(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadInt64BigEndian(entry) < timestamp;
    }
}
