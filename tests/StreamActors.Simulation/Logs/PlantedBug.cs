using System.Buffers.Binary;
using StreamActors.Simulation.Disk;
using StreamActors.Storage.Checkpoints;
using StreamActors.Storage.Files;

namespace StreamActors.Simulation.Logs;

/// <summary>Bugs that are planted under or around the log, to show that the checker sees them. The log itself knows nothing of them.</summary>
internal enum PlantedBug
{
    None,

    /// <summary>Records are acknowledged as flushed when they are written.</summary>
    AcknowledgesBeforeSync,

    /// <summary>Segments are synced when the recovery point has been written, not before.</summary>
    RecoveryPointBeforeSync,

    /// <summary>Who syncs forgets the segments that were sealed since.</summary>
    ForgetsToSyncSealedSegments,

    /// <summary>A sync that failed is tried again, and taken for good when it then succeeds.</summary>
    RetriesFailedSync,

    /// <summary>Names are not synced where a segment begins.</summary>
    RollWithoutSyncOfNames,

    /// <summary>Names are not synced while compaction swaps segments.</summary>
    SwapWithoutSyncOfNames,

    /// <summary>Checkpoints are overwritten in place.</summary>
    CheckpointInPlace,

    /// <summary>An entry of an index names the place of the batch behind.</summary>
    IndexOffByOne,

    /// <summary>What rots below the flushed point is taken for a torn tail.</summary>
    TruncatesRot,

    /// <summary>What is read is served without a look at its CRC.</summary>
    ServesUnchecked,

    /// <summary>The mark of a clean stop stays when the next process has begun to write.</summary>
    CleanMarkStays,

    /// <summary>A file that is to be cut keeps its end.</summary>
    CutsNothing,

    /// <summary>Compaction takes tombstones away before consumers had time to see them.</summary>
    TombstonesGoEarly,

    /// <summary>A moved log loses its old folder before the name of the new one is durable.</summary>
    MovesWithoutSyncOfName,

    /// <summary>An interrupted move goes on with its copy as it was left, whatever the log has lost and written since.</summary>
    ResumesWithoutCut,
}

/// <summary>Makes the disk of a process that has a planted bug.</summary>
internal static class PlantedBugs
{
    public static ProcessDisk Disk(PlantedBug bug, SimulatedDisk disk) => bug switch
    {
        PlantedBug.RecoveryPointBeforeSync => new LateSyncs(disk),
        PlantedBug.ForgetsToSyncSealedSegments => new UnsyncedSealed(disk),
        PlantedBug.RetriesFailedSync => new RetriedSyncs(disk),
        PlantedBug.RollWithoutSyncOfNames => new UnsyncedNames(disk, whileSwapping: false),
        PlantedBug.SwapWithoutSyncOfNames => new UnsyncedNames(disk, whileSwapping: true),
        PlantedBug.CheckpointInPlace => new InPlace(disk),
        PlantedBug.IndexOffByOne => new OffByOne(disk),
        PlantedBug.TruncatesRot => new WithoutHighWatermarks(disk),
        PlantedBug.CleanMarkStays => new StayingMark(disk),
        PlantedBug.CutsNothing => new Uncut(disk),
        PlantedBug.MovesWithoutSyncOfName => new UnsyncedMove(disk),
        _ => new ProcessDisk(disk),
    };

    private static bool IsLog(string path) => path.EndsWith(".log", StringComparison.Ordinal);

    private sealed class LateSyncs(SimulatedDisk disk) : ProcessDisk(disk)
    {
        private readonly List<(string Path, IDiskFile File)> due = [];

        public override void Rename(string source, string destination)
        {
            base.Rename(source, destination);
            if (!destination.EndsWith("recovery-point-offset-checkpoint", StringComparison.Ordinal)) return;
            foreach (var (path, _) in due.Where(late => FileExists(late.Path)))
            {
                using var file = Alive().Open(path, DiskMode.Open);
                file.Sync();
            }

            due.Clear();
        }

        protected override void Sync(string path, IDiskFile file)
        {
            if (IsLog(path)) due.Add((path, file));
            else base.Sync(path, file);
        }
    }

    private sealed class UnsyncedSealed(SimulatedDisk disk) : ProcessDisk(disk)
    {
        protected override void Sync(string path, IDiskFile file)
        {
            var last = ListFiles(Path.GetDirectoryName(path)!).LastOrDefault(IsLog);
            if (!IsLog(path) || Path.GetFileName(path) == last) base.Sync(path, file);
        }
    }

    private sealed class RetriedSyncs(SimulatedDisk disk) : ProcessDisk(disk)
    {
        protected override void Sync(string path, IDiskFile file)
        {
            for (var tries = 3; ; tries--)
            {
                try
                {
                    base.Sync(path, file);
                    return;
                }
                catch (IOException) when (tries > 0)
                {
                }
            }
        }
    }

    private sealed class UnsyncedNames(SimulatedDisk disk, bool whileSwapping) : ProcessDisk(disk)
    {
        public override void SyncDirectory(string path)
        {
            var names = ListFiles(path);
            var swaps = names.Any(name => name.EndsWith(".swap", StringComparison.Ordinal));
            if (swaps != whileSwapping || !names.Any(IsLog)) base.SyncDirectory(path);
        }
    }

    private sealed class InPlace(SimulatedDisk disk) : ProcessDisk(disk)
    {
        private const string Temporary = "-checkpoint.tmp";

        public override IDiskFile Open(string path, DiskMode mode, long preallocate = 0) =>
            base.Open(path.EndsWith(Temporary, StringComparison.Ordinal) ? path[..^4] : path, mode, preallocate);

        public override void Rename(string source, string destination)
        {
            if (!source.EndsWith(Temporary, StringComparison.Ordinal)) base.Rename(source, destination);
        }
    }

    private sealed class OffByOne(SimulatedDisk disk) : ProcessDisk(disk)
    {
        private const int EntrySize = 8;

        protected override void Write(string path, IDiskFile file, long position, ReadOnlySpan<byte> bytes)
        {
            if (!path.EndsWith(".index", StringComparison.Ordinal) || bytes.Length < 2 * EntrySize)
            {
                base.Write(path, file, position, bytes);
                return;
            }

            var wrong = bytes.ToArray();
            for (var at = 0; at + 2 * EntrySize <= bytes.Length; at += EntrySize)
                BinaryPrimitives.WriteInt32BigEndian(wrong.AsSpan(at), BinaryPrimitives.ReadInt32BigEndian(bytes[(at + EntrySize)..]) - 1);
            base.Write(path, file, position, wrong);
        }
    }

    private sealed class WithoutHighWatermarks(SimulatedDisk disk) : ProcessDisk(disk)
    {
        public override bool FileExists(string path) =>
            !path.EndsWith("replication-offset-checkpoint", StringComparison.Ordinal) && base.FileExists(path);
    }

    private sealed class StayingMark(SimulatedDisk disk) : ProcessDisk(disk)
    {
        public override void DeleteFile(string path)
        {
            if (!path.EndsWith(".kafka_cleanshutdown", StringComparison.Ordinal)) base.DeleteFile(path);
        }
    }

    private sealed class UnsyncedMove(SimulatedDisk disk) : ProcessDisk(disk)
    {
        private string? unsynced;

        public override void Rename(string source, string destination)
        {
            base.Rename(source, destination);
            if (PartitionFolder.IsFuture(source)) unsynced = Path.GetDirectoryName(destination);
        }

        public override void SyncDirectory(string path)
        {
            if (path == unsynced) unsynced = null;
            else base.SyncDirectory(path);
        }
    }

    private sealed class Uncut(SimulatedDisk disk) : ProcessDisk(disk)
    {
        protected override void Cut(string path, IDiskFile file, long length)
        {
            if (!IsLog(path)) base.Cut(path, file, length);
        }
    }
}
