using StreamActors.Storage.Index;
using StreamActors.Storage.Segment;

namespace StreamActors.Storage.Compaction;

/// <summary>Small neighbours, which earlier passes have left, become one segment.</summary>
internal static class SegmentGroups
{
    /// <summary>Groups of segments that surely fit into one each, since compaction makes nothing larger.</summary>
    /// <param name="segments">Neighbours, ascending.</param>
    /// <param name="end">The first offset behind them.</param>
    /// <param name="config">How large a segment and its indexes may be.</param>
    public static IEnumerable<LogSegment[]> Of(IReadOnlyList<LogSegment> segments, long end, LogConfig config)
    {
        var group = new List<LogSegment>();
        var (bytes, offsets, times) = (0L, 0L, 0L);
        for (var i = 0; i < segments.Count; i++)
        {
            var view = segments[i].View();
            var last = (i + 1 < segments.Count ? segments[i + 1].BaseOffset : end) - 1;
            bytes += view.Size;
            offsets += view.Offsets.Count * OffsetIndex.EntrySize;
            times += view.Times.Count * TimeIndex.EntrySize;
            var fits = bytes <= config.SegmentBytes && offsets <= config.SegmentIndexBytes && times <= config.SegmentIndexBytes
                && (view.Size == 0 || last - group.FirstOrDefault(segments[i]).BaseOffset <= int.MaxValue);
            if (!fits && group.Count > 0)
            {
                yield return [.. group];
                group.Clear();
                bytes = view.Size;
                offsets = view.Offsets.Count * OffsetIndex.EntrySize;
                times = view.Times.Count * TimeIndex.EntrySize;
            }

            group.Add(segments[i]);
        }

        if (group.Count > 0) yield return [.. group];
    }
}
