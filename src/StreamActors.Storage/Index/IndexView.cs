using StreamActors.Storage.Files;

namespace StreamActors.Storage.Index;

/// <summary>A question to an entry of an index, whose answers are yes up to some entry and no from there on.</summary>
internal interface IEntryTest
{
    bool Holds(ReadOnlySpan<byte> entry);
}

/// <summary>
/// The entries of an index as they are at one moment: in memory for the segment that is written to, in the file for all others,
/// which are searched by positional reads. Entries are ascending.
/// </summary>
internal readonly struct IndexView
{
    private readonly byte[]? memory;
    private readonly IndexFences? fences;
    private readonly int entrySize;

    public IndexView(byte[] memory, int count, int entrySize)
    {
        this.memory = memory;
        this.entrySize = entrySize;
        Count = count;
    }

    public IndexView(IDiskFile file, int count, int entrySize)
    {
        fences = new IndexFences(file, count, entrySize);
        this.entrySize = entrySize;
        Count = count;
    }

    public int Count { get; }

    public void Read(int index, Span<byte> entry)
    {
        if (memory is not null) memory.AsSpan(index * entrySize, entrySize).CopyTo(entry);
        else fences!.Read(index, entry[..entrySize]);
    }

    /// <summary>Counts the entries for which a test holds.</summary>
    /// <param name="test">The test.</param>
    /// <param name="last">Gets the last entry for which it holds, if there is one.</param>
    /// <param name="next">Gets the entry behind that, if there is one.</param>
    public int CountWhile<TTest>(TTest test, Span<byte> last, Span<byte> next)
        where TTest : struct, IEntryTest
    {
        if (memory is not null) return Search(memory.AsSpan(0, Count * entrySize), test, last, next);
        // Behind the last entry of a lot comes the next fence.
        var fence = Search(fences!.Entries, test, [], next);
        if (fence == 0) return 0;
        var from = (fence - 1) * fences.Stride;
        return from + Search(fences.EntriesFrom(from), test, last, next);
    }

    private int Search<TTest>(ReadOnlySpan<byte> entries, TTest test, Span<byte> last, Span<byte> next)
        where TTest : struct, IEntryTest
    {
        var count = entries.Length / entrySize;
        var (low, high) = (0, count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (test.Holds(entries.Slice(middle * entrySize, entrySize))) low = middle + 1;
            else high = middle;
        }

        if (low > 0 && !last.IsEmpty) entries.Slice((low - 1) * entrySize, entrySize).CopyTo(last);
        if (low < count && !next.IsEmpty) entries.Slice(low * entrySize, entrySize).CopyTo(next);
        return low;
    }
}

/// <summary>Collects the entries of the segment that is written to. The array is only ever added to, so that a view of it stays good.</summary>
internal sealed class IndexBuilder(int entrySize)
{
    private byte[] entries = new byte[entrySize * 32];

    public int Count { get; private set; }

    public int SizeInBytes => Count * entrySize;

    public IndexView View => new(entries, Count, entrySize);

    public ReadOnlySpan<byte> Bytes => entries.AsSpan(0, SizeInBytes);

    public void Append(ReadOnlySpan<byte> entry)
    {
        if (SizeInBytes + entrySize > entries.Length) Array.Resize(ref entries, entries.Length * 2);
        entry.CopyTo(entries.AsSpan(SizeInBytes));
        Count++;
    }

    /// <summary>Takes over a whole index file, in one read.</summary>
    public void Load(IDiskFile file)
    {
        Count = (int)(file.Length / entrySize);
        entries = new byte[Math.Max(entrySize * 32, SizeInBytes)];
        if (file.Read(0, entries.AsSpan(0, SizeInBytes)) != SizeInBytes) throw new IOException("The index file has been cut");
    }

    /// <summary>Forgets the last entries. What follows goes into a new array: views of the old one stay what they were.</summary>
    public void Truncate(int count)
    {
        if (count >= Count) return;
        entries = [.. entries];
        Count = count;
    }
}
