using StreamActors.Storage.Files;
using StreamActors.Storage.Segment;

namespace StreamActors.Storage.Compaction;

/// <summary>
/// Puts a compacted segment into the place of those that it was made from. It is theirs from the moment that its name <c>.log.swap</c> is durable:
/// whatever happens after that, opening the log goes through with it. Before, they are what there is. To tell which they are, opening needs no more
/// than the segment itself: it begins where they do, and its last batch is theirs.
/// </summary>
internal static class SegmentSwap
{
    private static readonly string[] Indexes = [.. SegmentFiles.OfSegment.Where(suffix => suffix != SegmentFiles.Log)];
    private static readonly string[] Log = [SegmentFiles.Log];

    /// <summary>Whether a log still has the segments that were compacted: it may have been cut, deleted from or begun anew meanwhile.</summary>
    public static bool IsCurrent(LogState log, CleanedGroup cleaned)
    {
        var first = log.Sealed.IndexOf(cleaned.Sources[0]);
        return first >= 0 && first + cleaned.Sources.Length <= log.Sealed.Length
            && log.Sealed.AsSpan(first, cleaned.Sources.Length).SequenceEqual(cleaned.Sources.AsSpan());
    }

    public static void Run(LogState log, CleanedGroup cleaned)
    {
        foreach (var source in cleaned.Sources)
        {
            // Readers open files when they need them: after the names have changed they could not any more.
            source.View();
            source.Aborted();
            source.KeepOpen();
        }

        // The swap before may have left its last name to be synced: its .log.swap must not come back beside the indexes of this one.
        if (log.IsFolderDirty) log.Disk.SyncDirectory(log.Folder);
        Rename(log.Disk, log.Folder, cleaned.BaseOffset, Indexes, SegmentFiles.Cleaned, SegmentFiles.Swap);
        log.Disk.SyncDirectory(log.Folder);
        Rename(log.Disk, log.Folder, cleaned.BaseOffset, Log, SegmentFiles.Cleaned, SegmentFiles.Swap);
        log.Disk.SyncDirectory(log.Folder);
        foreach (var source in cleaned.Sources)
        {
            foreach (var suffix in SegmentFiles.OfSegment) SetAside(log.Disk, source.PathOf(suffix));
            if (source.BaseOffset != cleaned.BaseOffset) SetAside(log.Disk, source.PathOf(SegmentFiles.Snapshot));
        }

        // The new one must not become durable under its last name while an old one still is that lies within it.
        if (cleaned.Sources.Length > 1) log.Disk.SyncDirectory(log.Folder);
        GiveNames(log.Disk, log.Folder, cleaned.BaseOffset);
        var at = log.Sealed.IndexOf(cleaned.Sources[0]);
        log.Sealed = log.Sealed.RemoveRange(at, cleaned.Sources.Length).Insert(at, new LogSegment(log.Disk, log.Folder, cleaned.BaseOffset, log.Config));
        log.IsFolderDirty = true;
    }

    /// <summary>Goes through with the swaps that a crash has interrupted.</summary>
    public static void Complete(IDisk disk, string folder)
    {
        var names = disk.ListFiles(folder);
        foreach (var start in names.Select(name => SegmentFiles.OffsetOf(name, SegmentFiles.Log + SegmentFiles.Swap)).OfType<long>())
        {
            var end = EndOf(disk, SegmentFiles.Path(folder, start, SegmentFiles.Log) + SegmentFiles.Swap);
            foreach (var suffix in SegmentFiles.OfSegment)
            {
                foreach (var old in names.Where(name => SegmentFiles.OffsetOf(name, suffix) is { } offset && offset > start && offset < end))
                    disk.DeleteFile(Path.Combine(folder, old));
            }

            disk.SyncDirectory(folder);
            // A compacted segment has a file of each kind: one that is not called .swap any more has taken the place of the old one already.
            GiveNames(disk, folder, start);
        }

        // Indexes whose log was not called .swap yet: it was not their time.
        foreach (var name in disk.ListFiles(folder).Where(name => name.EndsWith(SegmentFiles.Swap, StringComparison.Ordinal)))
            disk.DeleteFile(Path.Combine(folder, name));
    }

    /// <summary>The log's own file comes last: where it has its name, the indexes have theirs.</summary>
    private static void GiveNames(IDisk disk, string folder, long baseOffset)
    {
        Rename(disk, folder, baseOffset, Indexes, SegmentFiles.Swap, "");
        disk.SyncDirectory(folder);
        Rename(disk, folder, baseOffset, Log, SegmentFiles.Swap, "");
    }

    private static void Rename(IDisk disk, string folder, long baseOffset, string[] suffixes, string from, string to)
    {
        foreach (var suffix in suffixes)
        {
            var path = SegmentFiles.Path(folder, baseOffset, suffix);
            if (disk.FileExists(path + from)) disk.Rename(path + from, path + to);
        }
    }

    private static void SetAside(IDisk disk, string path)
    {
        if (disk.FileExists(path)) disk.Rename(path, path + SegmentFiles.Deleted);
    }

    private static long EndOf(IDisk disk, string path)
    {
        using var file = disk.Open(path, DiskMode.Open);
        Span<byte> buffer = stackalloc byte[BatchScanner.BufferSize];
        var scanner = new BatchScanner(file, 0, file.Length, buffer);
        var end = 0L;
        while (scanner.MoveNext()) end = scanner.Header.NextOffset;
        return end;
    }
}
