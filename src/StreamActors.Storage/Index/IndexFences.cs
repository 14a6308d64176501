using System.Buffers;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Index;

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
