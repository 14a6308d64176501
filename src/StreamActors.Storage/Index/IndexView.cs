using System.Buffers;
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
        var fence = Search(fences!.Entries, test, [], next);
        if (fence == 0) return 0;
        var from = (fence - 1) * fences.Stride;
        return from + Search(fences.EntriesFrom(from), test, last, next);
    }

    private int Search<TTest>(ReadOnlySpan<byte> entries, TTest test, Span<byte> last, Span<byte> next)
        where TTest : struct, IEntryTest
    {
        int low = 0, high = entries.Length / entrySize;
        var count = high;
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

/// <summary>
/// An index file, and of its entries so many in memory that any other is found with one read, or with none where the last search ended near by: who reads a log
/// in order comes to the same ones again and again. Thread-safe.
/// </summary>
internal sealed class IndexFences(IDiskFile file, int count, int entrySize)
{
    private const int Most = 512;
    private const int ShortestStride = 64;
    private const int Piece = 64 * 1024;

    private byte[]? entries;
    private Lot? last;

    /// <summary>Of how many entries one is in memory, the first of each lot.</summary>
    public int Stride { get; } = Math.Max(ShortestStride, (count + Most - 1) / Most);

    public ReadOnlySpan<byte> Entries => Volatile.Read(ref entries) ?? Load();

    /// <summary>Reads entries from one on, as many as there is room for.</summary>
    public void Read(int index, Span<byte> destination)
    {
        if (file.Read((long)index * entrySize, destination) != destination.Length) throw new IOException("The index file has been cut");
    }

    /// <summary>The entries from a fence on, up to the next one.</summary>
    public ReadOnlySpan<byte> EntriesFrom(int index)
    {
        if (Volatile.Read(ref last) is { } known && known.From == index) return known.Entries;
        var lot = new Lot(index, new byte[Math.Min(Stride, count - index) * entrySize]);
        Read(index, lot.Entries);
        Volatile.Write(ref last, lot);
        return lot.Entries;
    }

    private byte[] Load()
    {
        var loaded = new byte[(count + Stride - 1) / Stride * entrySize];
        var piece = ArrayPool<byte>.Shared.Rent(Piece);
        var inPiece = Piece / (Stride * entrySize) * Stride;
        for (var (from, to) = (0, 0); from < count; from += Math.Max(Stride, inPiece))
        {
            // Where fences lie further apart than that they are read one by one.
            var span = piece.AsSpan(0, inPiece == 0 ? entrySize : Math.Min(inPiece, count - from) * entrySize);
            Read(from, span);
            for (var at = 0; at < span.Length; at += Stride * entrySize, to += entrySize) span.Slice(at, entrySize).CopyTo(loaded.AsSpan(to));
        }

        ArrayPool<byte>.Shared.Return(piece);
        Volatile.Write(ref entries, loaded);
        return loaded;
    }

    private sealed record Lot(int From, byte[] Entries);
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
