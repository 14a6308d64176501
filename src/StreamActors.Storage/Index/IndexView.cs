using StreamActors.Storage.Files;

namespace StreamActors.Storage.Index;

/// <summary>
/// The entries of an index as they are at one moment: in memory for the segment that is written to, in the file for all others,
/// which are searched by positional reads. Entries are ascending.
/// </summary>
internal readonly struct IndexView
{
    private readonly byte[]? memory;
    private readonly IDiskFile? file;
    private readonly int entrySize;

    public IndexView(byte[] memory, int count, int entrySize)
    {
        this.memory = memory;
        this.entrySize = entrySize;
        Count = count;
    }

    public IndexView(IDiskFile file, int count, int entrySize)
    {
        this.file = file;
        this.entrySize = entrySize;
        Count = count;
    }

    public int Count { get; }

    public void Read(int index, Span<byte> entry)
    {
        if (memory is not null) memory.AsSpan(index * entrySize, entrySize).CopyTo(entry);
        else if (file!.Read((long)index * entrySize, entry[..entrySize]) != entrySize) throw new IOException("The index file has been cut");
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
