using StreamActors.Protocol;
using StreamActors.Storage.Files;
using StreamActors.Storage.Index;
using StreamActors.Storage.Segment;

namespace StreamActors.Storage;

/// <summary>
/// Finds out, without opening a log, when retention will have something to do in it: from the names of its segments, the last entry of the
/// oldest one's time index, and their sizes where the topic limits them.
/// </summary>
internal static class SleepingRetention
{
    /// <summary>Stands for "at once": to be opened, which also is how to look where the files do not tell.</summary>
    public const long Now = 0;

    /// <returns>Ms since the epoch; null where nothing becomes due by itself.</returns>
    public static long? Due(IDisk disk, string folder, LogConfig config, Offset logStartOffset)
    {
        var bases = disk.ListFiles(folder).Select(name => SegmentFiles.OffsetOf(name, SegmentFiles.Log)).OfType<long>().Order().ToArray();
        if (bases.Length == 0) return null;
        if (bases.Length > 1 && bases[1] <= logStartOffset.Value) return Now;
        if (!config.CleanupByDeletion) return null;
        if (bases.Length > 1 && config.RetentionBytes >= 0 && HasExcess(disk, folder, bases, config.RetentionBytes)) return Now;
        if (config.RetentionMs < 0) return null;
        var highest = Highest(disk, folder, bases[0]);
        if (highest >= 0) return Retention.Due(highest.Value, config);
        if (Length(disk, folder, bases[0]) == 0) return null;
        // Where no record has a timestamp they are as old as the file.
        return highest is null ? Now : Retention.Due(disk.ModifiedMs(SegmentFiles.Path(folder, bases[0], SegmentFiles.Log)), config);
    }

    /// <summary>Bytes of all segments.</summary>
    public static long SizeOf(IDisk disk, string folder) =>
        disk.ListFiles(folder).Select(name => SegmentFiles.OffsetOf(name, SegmentFiles.Log)).OfType<long>().Sum(start => Length(disk, folder, start));

    private static bool HasExcess(IDisk disk, string folder, long[] bases, long limit)
    {
        var sizes = bases.Select(start => Length(disk, folder, start)).ToArray();
        return sizes.Sum() - limit is > 0 and var excess && excess >= sizes[0];
    }

    /// <summary>-1 where no record has a timestamp, null where the index is missing or damaged.</summary>
    private static long? Highest(IDisk disk, string folder, long start)
    {
        var path = SegmentFiles.Path(folder, start, SegmentFiles.TimeIndex);
        if (!disk.FileExists(path)) return null;
        using var file = disk.Open(path, DiskMode.Open);
        var length = file.Length;
        if (length % TimeIndex.EntrySize != 0) return null;
        var index = new IndexView(file, (int)(length / TimeIndex.EntrySize), TimeIndex.EntrySize);
        return TimeIndex.IsSane(index, start) ? TimeIndex.Last(index, start).Timestamp : null;
    }

    private static long Length(IDisk disk, string folder, long start)
    {
        using var file = disk.Open(SegmentFiles.Path(folder, start, SegmentFiles.Log), DiskMode.Open);
        return file.Length;
    }
}
