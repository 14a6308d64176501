using StreamActors.Protocol;
using StreamActors.Storage.Files;
using StreamActors.Storage.Segment;

namespace StreamActors.Storage;

/// <summary>Decides which segments a log need not keep, and lets them go.</summary>
internal static class Retention
{
    /// <summary>Ends the active segment where all of it is too old, so that it can go too.</summary>
    public static void RollExpired(LogState log, Offset highWatermark, TimestampMs now)
    {
        var config = log.Config;
        if (!config.CleanupByDeletion || config.RetentionMs < 0 || log.NextOffset > highWatermark || log.Active.Size == 0) return;
        if (now.Value - log.Active.Segment.YoungestMs(log.Active.Indexes.Max) > config.RetentionMs) log.Roll(now);
    }

    /// <summary>The segments to retire: a run from the oldest on, never the active one.</summary>
    public static List<LogSegment> Expired(LogState log, Offset highWatermark, TimestampMs now)
    {
        var config = log.Config;
        var excess = config is { CleanupByDeletion: true, RetentionBytes: >= 0 }
            ? log.Active.Size + log.Sealed.Sum(segment => segment.Size) - config.RetentionBytes
            : 0;
        var expired = new List<LogSegment>();
        for (var i = 0; i < log.Sealed.Length; i++)
        {
            var segment = log.Sealed[i];
            var next = i + 1 < log.Sealed.Length ? log.Sealed[i + 1].BaseOffset : log.Active.BaseOffset;
            if (next > highWatermark.Value) break;
            var size = segment.Size;
            var isBeforeStart = next <= log.LogStartOffset.Value;
            var isExcess = excess > 0 && excess >= size;
            if (!isBeforeStart && !isExcess && !IsOld(segment, config, now)) break;
            excess -= size;
            expired.Add(segment);
        }

        return expired;
    }

    /// <summary>When the oldest segment becomes too old, in ms since the epoch; null where that does not come by itself.</summary>
    public static long? Due(LogState log)
    {
        if (log.Sealed.IsEmpty && log.Active.Size == 0) return null;
        if (log.Config is not { CleanupByDeletion: true, RetentionMs: >= 0 }) return null;
        var oldest = log.Sealed.IsEmpty ? log.Active.Segment : log.Sealed[0];
        return Due(oldest.YoungestMs(log.Sealed.IsEmpty ? log.Active.Indexes.Max : oldest.Max()), log.Config);
    }

    /// <summary>When a segment becomes too old whose youngest record is of that time; null for never.</summary>
    public static long? Due(long youngestMs, LogConfig config) =>
        config is { CleanupByDeletion: true, RetentionMs: >= 0 } && youngestMs < long.MaxValue - config.RetentionMs ? youngestMs + config.RetentionMs + 1 : null;

    /// <summary>Gives the files names that no log has; readers that are at them go on.</summary>
    public static void Retire(LogState log, LogSegment segment)
    {
        // Readers open files when they need them: after the names have changed they could not any more.
        segment.View();
        segment.Aborted();
        segment.KeepOpen();
        foreach (var suffix in SegmentFiles.OfSegment.Append(SegmentFiles.Snapshot))
        {
            var path = segment.PathOf(suffix);
            if (log.Disk.FileExists(path)) log.Disk.Rename(path, path + SegmentFiles.Deleted);
        }

        log.IsFolderDirty = true;
    }

    public static void Delete(LogState log, long baseOffset)
    {
        foreach (var suffix in SegmentFiles.OfSegment.Append(SegmentFiles.Snapshot))
            log.Disk.DeleteFile(SegmentFiles.Path(log.Folder, baseOffset, suffix) + SegmentFiles.Deleted);
    }

    private static bool IsOld(LogSegment segment, LogConfig config, TimestampMs now)
    {
        if (config is not { CleanupByDeletion: true, RetentionMs: >= 0 }) return false;
        return now.Value - segment.YoungestMs(segment.Max()) > config.RetentionMs;
    }
}
