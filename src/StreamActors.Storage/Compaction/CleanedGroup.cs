using System.Collections.Immutable;
using StreamActors.Storage.Files;
using StreamActors.Storage.Segment;

namespace StreamActors.Storage.Compaction;

/// <summary>A segment that is to take the place of some neighbours. Whoever has it swaps it in (<see cref="PartitionLog.Swap"/>) or discards it.</summary>
public sealed class CleanedGroup
{
    private readonly IDisk disk;
    private readonly string folder;

    internal CleanedGroup(IDisk disk, string folder, long baseOffset, LogSegment[] sources, long sizeBefore, long size)
    {
        this.disk = disk;
        this.folder = folder;
        BaseOffset = baseOffset;
        Sources = [.. sources];
        SizeBefore = sizeBefore;
        Size = size;
    }

    /// <summary>Bytes of the segments that it replaces.</summary>
    public long SizeBefore { get; }

    public long Size { get; }

    internal long BaseOffset { get; }

    internal ImmutableArray<LogSegment> Sources { get; }

    /// <summary>Deletes what was written.</summary>
    public void Discard()
    {
        Discard(disk, folder, BaseOffset);
    }

    internal static void Discard(IDisk disk, string folder, long baseOffset)
    {
        // The log's folder may have been deleted meanwhile.
        if (!disk.DirectoryExists(folder)) return;
        foreach (var suffix in SegmentFiles.OfSegment) disk.DeleteFile(SegmentFiles.Path(folder, baseOffset, suffix) + SegmentFiles.Cleaned);
    }
}
