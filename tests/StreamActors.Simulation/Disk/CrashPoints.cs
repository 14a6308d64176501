using StreamActors.Storage.Checkpoints;

namespace StreamActors.Simulation.Disk;

/// <summary>What a storage engine is at when it asks something of the disk: by that name a crash is counted.</summary>
internal static class CrashPoints
{
    public static readonly string[] All =
    [
        "append", "sync", "cut", "index", "snapshot", "roll", "checkpoint", "rename", "names", "delete", "compaction copy", "compaction swap",
        "move copy", "move swap",
    ];

    public static string Of(DiskOperation operation, string path)
    {
        var name = Path.GetFileName(path);
        var isLog = name.EndsWith(".log", StringComparison.Ordinal);
        if (operation == DiskOperation.Rename && PartitionFolder.Parse(name) is not null) return "move swap";
        if (PartitionFolder.IsFuture(name) || PartitionFolder.IsMoved(name)) return operation == DiskOperation.Rename ? "move swap" : "move copy";
        if (PartitionFolder.IsFuture(Path.GetDirectoryName(path) ?? "")) return "move copy";
        if (name.EndsWith(".cleaned", StringComparison.Ordinal) || name.EndsWith(".swap", StringComparison.Ordinal))
            return operation == DiskOperation.Rename ? "compaction swap" : "compaction copy";
        if (name.Contains("-checkpoint", StringComparison.Ordinal)) return "checkpoint";
        return operation switch
        {
            DiskOperation.Delete => "delete",
            DiskOperation.Rename => "rename",
            DiskOperation.SyncDirectory => "names",
            DiskOperation.Write when isLog => "append",
            DiskOperation.Sync when isLog => "sync",
            DiskOperation.SetLength when isLog => "cut",
            DiskOperation.Create when isLog => "roll",
            _ when name.EndsWith("index", StringComparison.Ordinal) => "index",
            _ when name.EndsWith(".snapshot", StringComparison.Ordinal) => "snapshot",
            _ => "metadata",
        };
    }
}
