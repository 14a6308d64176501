using System.Buffers.Binary;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Index;

/// <summary>An aborted transaction, as consumers that read committed records are told of it.</summary>
/// <param name="ProducerId">Whose.</param>
/// <param name="FirstOffset">Its first record.</param>
/// <param name="LastOffset">Its abort marker.</param>
/// <param name="LastStableOffset">The last stable offset right after that marker: later aborts are those of later transactions.</param>
public readonly record struct AbortedTransaction(long ProducerId, long FirstOffset, long LastOffset, long LastStableOffset);

/// <summary>The <c>.txnindex</c> file: entries of 34 bytes, in the order of the abort markers in the segment. Most segments have none.</summary>
internal static class TransactionIndex
{
    public const int EntrySize = 34;

    public static AbortedTransaction[] Load(IDisk disk, string path)
    {
        if (!disk.FileExists(path)) return [];
        using var file = disk.Open(path, DiskMode.Open);
        var bytes = new byte[file.Length / EntrySize * EntrySize];
        if (file.Read(0, bytes) != bytes.Length) throw new IOException($"{path} has been cut");
        var entries = new AbortedTransaction[bytes.Length / EntrySize];
        for (var i = 0; i < entries.Length; i++)
        {
            var entry = bytes.AsSpan(i * EntrySize);
            entries[i] = new AbortedTransaction(
                BinaryPrimitives.ReadInt64BigEndian(entry[2..]),
                BinaryPrimitives.ReadInt64BigEndian(entry[10..]),
                BinaryPrimitives.ReadInt64BigEndian(entry[18..]),
                BinaryPrimitives.ReadInt64BigEndian(entry[26..]));
        }

        return entries;
    }

    /// <summary>Writes the index of a segment that is done; none where nothing was aborted.</summary>
    public static void Save(IDisk disk, string path, ReadOnlySpan<AbortedTransaction> entries)
    {
        if (entries.IsEmpty)
        {
            disk.DeleteFile(path);
            return;
        }

        var bytes = new byte[entries.Length * EntrySize];
        for (var i = 0; i < entries.Length; i++)
        {
            var entry = bytes.AsSpan(i * EntrySize);
            BinaryPrimitives.WriteInt64BigEndian(entry[2..], entries[i].ProducerId);
            BinaryPrimitives.WriteInt64BigEndian(entry[10..], entries[i].FirstOffset);
            BinaryPrimitives.WriteInt64BigEndian(entry[18..], entries[i].LastOffset);
            BinaryPrimitives.WriteInt64BigEndian(entry[26..], entries[i].LastStableOffset);
        }

        using var file = disk.Open(path, DiskMode.OpenOrCreate);
        file.Write(0, bytes);
        file.SetLength(bytes.Length);
    }
}
