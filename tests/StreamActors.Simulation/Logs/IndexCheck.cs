using System.Buffers.Binary;
using StreamActors.Protocol.Records;
using StreamActors.Simulation.Disk;
using StreamActors.Storage.Files;

namespace StreamActors.Simulation.Logs;

/// <summary>Holds the offset indexes of logs that were closed in order against the batches: each entry names a batch's last offset, and where it begins.</summary>
internal static class IndexCheck
{
    private const int EntrySize = 8;

    public static void Run(SimulatedDisk disk, IReadOnlyList<PartitionModel> models, DiskDamage damage, LogChecker checker)
    {
        foreach (var path in disk.AllFiles().Where(path => path.EndsWith(".index", StringComparison.Ordinal) && !damage.Indexes.Contains(path)))
        {
            var folder = Path.GetFileName(Path.GetDirectoryName(path));
            if (models.FirstOrDefault(model => model.Partition.ToString() == folder) is not { IsDamaged: false, WasDamaged: false } model) continue;
            var log = Path.ChangeExtension(path, ".log");
            if (!disk.FileExists(log)) continue;
            var (entries, batches) = (Bytes(disk, path), Bytes(disk, log));
            var start = long.Parse(Path.GetFileNameWithoutExtension(path));
            for (var at = 0; at + EntrySize <= entries.Length; at += EntrySize)
            {
                var offset = start + BinaryPrimitives.ReadInt32BigEndian(entries.AsSpan(at));
                var position = BinaryPrimitives.ReadInt32BigEndian(entries.AsSpan(at + 4));
                if (position < 0 || position + RecordBatchHeader.Size > batches.Length || new RecordBatchHeader(batches.AsSpan(position)).LastOffset != offset)
                {
                    checker.Violates(model, $"{path} says that offset {offset} ends the batch at {position}");
                    return;
                }
            }
        }
    }

    private static byte[] Bytes(SimulatedDisk disk, string path)
    {
        using var file = disk.Open(path, DiskMode.Open);
        var bytes = new byte[file.Length];
        file.Read(0, bytes);
        return bytes;
    }
}
