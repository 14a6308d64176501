using StreamActors.Protocol;

namespace StreamActors.Storage.Compaction;

/// <summary>What there is to compact in a log at one moment.</summary>
/// <param name="FirstDirtyOffset">Where the last pass ended.</param>
/// <param name="FirstUncleanableOffset">Up to where a pass may go: the beginning of a segment.</param>
/// <param name="CleanBytes">Bytes of the segments before the dirty ones.</param>
/// <param name="CleanableBytes">Bytes of the dirty segments that a pass may take.</param>
/// <param name="IsOverdue">The oldest of them is older than <c>max.compaction.lag.ms</c>: whatever the ratio, it is time.</param>
/// <param name="AwaitsTime">It may become due without another record: something is too young still, or has a time by which it is due.</param>
public readonly record struct Cleanable(
    Offset FirstDirtyOffset, Offset FirstUncleanableOffset, long CleanBytes, long CleanableBytes, bool IsOverdue, bool AwaitsTime)
{
    /// <summary>How much of what a pass would read is dirty, from 0 to 1.</summary>
    public double DirtyRatio => CleanableBytes == 0 ? 0 : CleanableBytes / (double)(CleanBytes + CleanableBytes);

    public bool IsDue(LogConfig config) =>
        config.CleanupByCompaction && CleanableBytes > 0 && (IsOverdue || DirtyRatio > config.MinCleanableDirtyRatio);

    /// <summary>
    /// Nothing that may still change is compacted: not the active segment, no open transaction, nothing above the high watermark, nothing that
    /// is younger than <c>min.compaction.lag.ms</c>.
    /// </summary>
    internal static Cleanable Of(LogView view, LogConfig config, Offset firstDirty, TimestampMs now)
    {
        if (firstDirty < view.LogStartOffset || firstDirty > view.LogEndOffset) firstDirty = view.LogStartOffset;
        var limit = Math.Min(view.LastStableOffset.Value, view.Active.BaseOffset);
        var segments = view.SealedSegments;
        var end = 0;
        var (clean, dirty) = (0L, 0L);
        var oldest = long.MaxValue;
        var awaitsTime = config.MaxCompactionLagMs < long.MaxValue && view.LogEndOffset > firstDirty;
        for (; end < segments.Length && view.BaseOffset(end + 1) <= limit; end++)
        {
            var segment = segments[end];
            var isDirty = view.BaseOffset(end + 1) > firstDirty.Value;
            if (isDirty && config.MinCompactionLagMs > 0 && segment.Max().Timestamp > now.Value - config.MinCompactionLagMs)
            {
                awaitsTime = true;
                break;
            }

            if (isDirty) dirty += segment.Size;
            else clean += segment.Size;
            if (isDirty && config.MaxCompactionLagMs < long.MaxValue && segment.FirstTimestamp() is >= 0 and var first) oldest = Math.Min(oldest, first);
        }

        var isOverdue = oldest != long.MaxValue && now.Value - oldest > config.MaxCompactionLagMs;
        return new Cleanable(firstDirty, new Offset(view.BaseOffset(end)), clean, dirty, isOverdue, awaitsTime);
    }
}
