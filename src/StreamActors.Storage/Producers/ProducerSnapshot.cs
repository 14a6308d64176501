using System.Buffers.Binary;
using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Files;
using StreamActors.Storage.Segment;

namespace StreamActors.Storage.Producers;

/// <summary>
/// A <c>.snapshot</c> file: the producers as they were at the offset that names it. Version (1), CRC-32C of what follows, a count, and 46 bytes for each.
/// </summary>
internal static class ProducerSnapshot
{
    private const short Version = 1;
    private const int HeaderSize = 10;
    private const int EntrySize = 46;

    public static void Save(IDisk disk, string folder, Offset offset, ProducerStates states)
    {
        var bytes = new byte[HeaderSize + states.Entries.Count * EntrySize];
        var at = bytes.AsSpan(HeaderSize);
        foreach (var entry in states.Entries)
        {
            BinaryPrimitives.WriteInt64BigEndian(at, entry.ProducerId);
            BinaryPrimitives.WriteInt16BigEndian(at[8..], entry.Epoch);
            BinaryPrimitives.WriteInt32BigEndian(at[10..], entry.LastSequence);
            BinaryPrimitives.WriteInt64BigEndian(at[14..], entry.LastOffset);
            BinaryPrimitives.WriteInt32BigEndian(at[22..], entry.Last?.OffsetDelta ?? 0);
            BinaryPrimitives.WriteInt64BigEndian(at[26..], entry.LastTimestamp);
            BinaryPrimitives.WriteInt32BigEndian(at[34..], entry.CoordinatorEpoch);
            BinaryPrimitives.WriteInt64BigEndian(at[38..], entry.TransactionStart);
            at = at[EntrySize..];
        }

        BinaryPrimitives.WriteInt16BigEndian(bytes, Version);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(6), states.Entries.Count);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(2), Crc32C.Compute(bytes.AsSpan(6)));
        using var file = disk.Open(SegmentFiles.Path(folder, offset.Value, SegmentFiles.Snapshot), DiskMode.Create);
        file.Write(0, bytes);
    }

    /// <summary>Reads a snapshot; null where it is damaged.</summary>
    public static ProducerStates? Load(IDisk disk, string folder, Offset offset)
    {
        using var file = disk.Open(SegmentFiles.Path(folder, offset.Value, SegmentFiles.Snapshot), DiskMode.Open);
        if (file.Length is < HeaderSize or > int.MaxValue) return null;
        var bytes = new byte[file.Length];
        if (file.Read(0, bytes) != bytes.Length) return null;
        return Parse(bytes);
    }

    public static ProducerStates? Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize || BinaryPrimitives.ReadInt16BigEndian(bytes) != Version) return null;
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]) != Crc32C.Compute(bytes[6..])) return null;
        var count = BinaryPrimitives.ReadInt32BigEndian(bytes[6..]);
        if (count < 0 || bytes.Length != HeaderSize + (long)count * EntrySize) return null;
        var states = new ProducerStates();
        for (var at = bytes[HeaderSize..]; !at.IsEmpty; at = at[EntrySize..])
        {
            var entry = new ProducerEntry(BinaryPrimitives.ReadInt64BigEndian(at))
            {
                LastTimestamp = BinaryPrimitives.ReadInt64BigEndian(at[26..]),
                CoordinatorEpoch = BinaryPrimitives.ReadInt32BigEndian(at[34..]),
                TransactionStart = BinaryPrimitives.ReadInt64BigEndian(at[38..]),
            };
            entry.Enter(BinaryPrimitives.ReadInt16BigEndian(at[8..]));
            var lastOffset = BinaryPrimitives.ReadInt64BigEndian(at[14..]);
            if (lastOffset >= 0)
            {
                entry.Add(new WrittenBatch(
                    BinaryPrimitives.ReadInt32BigEndian(at[10..]), lastOffset, BinaryPrimitives.ReadInt32BigEndian(at[22..]), entry.LastTimestamp));
            }

            states.Restore(entry);
        }

        return states;
    }

    /// <summary>The offsets of the snapshots in a folder, ascending.</summary>
    public static long[] List(IDisk disk, string folder) =>
        [.. disk.ListFiles(folder).Select(name => SegmentFiles.OffsetOf(name, SegmentFiles.Snapshot)).OfType<long>().Order()];
}
