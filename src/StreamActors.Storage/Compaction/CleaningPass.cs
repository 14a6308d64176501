using StreamActors.Protocol;
using StreamActors.Storage.Index;
using StreamActors.Storage.Segment;

namespace StreamActors.Storage.Compaction;

/// <summary>What a pass may use.</summary>
/// <param name="MapBytes">For the offset map.</param>
/// <param name="MapLoadFactor">How full the map may become.</param>
/// <param name="BufferBytes">How much is written at once.</param>
public sealed record CleanerLimits(long MapBytes = 128 << 20, double MapLoadFactor = 0.9, int BufferBytes = 512 * 1024);

/// <summary>What there is to do after a step of a pass.</summary>
public enum CleaningState
{
    /// <summary>Another step.</summary>
    Working,

    /// <summary><see cref="CleaningPass.Group"/> is to be swapped in by the log's writer, before another step.</summary>
    SwapsGroup,

    /// <summary>All groups have been swapped in: the writer ends the pass (<see cref="PartitionLog.EndCleaning"/>).</summary>
    Done,
}

/// <summary>
/// One compaction of a log, off its writer: first the map of the dirty section, then copies of all segments up to its end, group by group. Works
/// on sealed segments as they were when it began. It takes steps, so that whoever drives it can be slow, stop, or do something else.
/// </summary>
public sealed class CleaningPass : IDisposable
{
    private readonly PartitionLog log;
    private readonly LogView view;
    private readonly LogConfig config;
    private readonly IReadOnlyDictionary<long, LastOfProducer> producers;
    private readonly CleanerLimits limits;
    private readonly TimestampMs now;
    private readonly Files.IDisk disk;

    private Cleanable cleanable;
    private LogSegment[] segments = [];
    private AbortedTransaction[] aborted = [];
    private OffsetMap? map;
    private DirtyMap? dirty;
    private CleanedTransactions? transactions;
    private BatchFilter? filter;
    private SegmentsReader? reader;
    private CleanedFile? file;
    private IEnumerator<LogSegment[]>? groups;

    internal CleaningPass(PartitionLog log, LogView view, Files.IDisk disk, IReadOnlyDictionary<long, LastOfProducer> producers, CleanerLimits limits, TimestampMs now)
    {
        this.log = log;
        this.view = view;
        this.disk = disk;
        this.producers = producers;
        this.limits = limits;
        this.now = now;
        config = log.Config;
    }

    /// <summary>How often the log had been cut when the pass began.</summary>
    internal int Cuts { get; init; }

    /// <summary>What the writer is to swap in.</summary>
    public CleanedGroup? Group { get; private set; }

    /// <summary>Where the next pass begins; known once the map is made.</summary>
    public Offset EndOffset { get; private set; }

    public long BytesRead { get; private set; }

    public long BytesWritten { get; private set; }

    /// <summary>How many keys the dirty section had.</summary>
    public int Keys => map?.Count ?? 0;

    /// <summary>Goes on for about so many bytes, read and written.</summary>
    /// <exception cref="CorruptLogException">A batch cannot be read; the pass is over.</exception>
    /// <exception cref="IOException">The disk failed, or the log is gone; the pass is over.</exception>
    public CleaningState Advance(int bytes)
    {
        if (dirty is null) Begin();
        var until = BytesRead + BytesWritten + bytes;
        if (groups is null) return Map(until);
        Group = null;
        return Copy(until);
    }

    public void Dispose()
    {
        reader?.Dispose();
        filter?.Dispose();
        groups?.Dispose();
        if (file is null) return;
        file.Dispose();
        CleanedGroup.Discard(disk, log.Folder, file.BaseOffset);
    }

    private void Begin()
    {
        cleanable = Cleanable.Of(view, config, log.FirstDirtyOffset, now);
        var end = cleanable.FirstUncleanableOffset;
        // What supersedes must be durable before what it supersedes goes.
        if (end > log.RecoveryPoint) log.Sync();
        segments = [.. view.SealedSegments.Where(segment => segment.BaseOffset < end.Value)];
        // Markers may lie behind what is compacted.
        aborted = [.. view.Aborted];
        map = new OffsetMap(end - cleanable.FirstDirtyOffset, limits.MapBytes, limits.MapLoadFactor, now.Value ^ cleanable.FirstDirtyOffset.Value);
        dirty = new DirtyMap(map, new CleanedTransactions(aborted, cleanable.FirstDirtyOffset.Value), cleanable.FirstDirtyOffset);
        var first = Math.Max(0, Array.FindLastIndex(segments, segment => segment.BaseOffset <= cleanable.FirstDirtyOffset.Value));
        var view0 = segments.Length > 0 ? segments[first].View() : null;
        reader = Read(segments[Math.Min(first, segments.Length)..], view0 is null ? 0 : view0.Find(cleanable.FirstDirtyOffset.Value)?.Position ?? view0.Size);
    }

    private SegmentsReader Read(LogSegment[] neighbours, long start) =>
        new(neighbours, start, neighbours.Length == 0 ? 0 : view.BaseOffset(view.SealedSegments.IndexOf(neighbours[^1]) + 1));

    private CleaningState Map(long until)
    {
        while (BytesRead + BytesWritten < until)
        {
            var isMore = reader!.MoveNext();
            if (isMore) BytesRead += reader.Current.Memory.Length;
            if (isMore && dirty!.Add(reader.Current)) continue;
            if (!isMore) map!.Cover(cleanable.FirstUncleanableOffset.Value - 1);
            Plan();
            break;
        }

        return CleaningState.Working;
    }

    /// <summary>The map is made, of the whole section or of as much as it could hold.</summary>
    private void Plan()
    {
        reader!.Dispose();
        reader = null;
        EndOffset = new Offset(Math.Max(map!.LatestOffset + 1, cleanable.FirstDirtyOffset.Value));
        transactions = new CleanedTransactions(aborted, 0);
        filter = new BatchFilter(map, transactions, producers, config, now);
        var count = segments.Count(segment => segment.BaseOffset < EndOffset.Value);
        var end = count < segments.Length ? segments[count].BaseOffset : cleanable.FirstUncleanableOffset.Value;
        groups = SegmentGroups.Of(segments[..count], end, config).GetEnumerator();
    }

    private CleaningState Copy(long until)
    {
        if (reader is null)
        {
            if (!groups!.MoveNext()) return CleaningState.Done;
            reader = Read(groups.Current, 0);
            file = new CleanedFile(disk, log.Folder, groups.Current[0].BaseOffset, config, limits.BufferBytes);
        }

        while (BytesRead + BytesWritten < until)
        {
            if (!reader.MoveNext()) return Finish();
            var batch = reader.Current;
            BytesRead += batch.Memory.Length;
            // A record's timestamp takes ten bytes at most.
            var mayGrow = file!.Size + batch.Memory.Length + reader.Remaining + 10L * batch.Header.Count <= int.MaxValue;
            var fate = filter!.Judge(batch, mustStay: reader.IsLast, mayGrow);
            if (fate == BatchFate.Dropped) continue;
            var kept = fate == BatchFate.Kept ? batch.Memory : filter.Rewritten;
            file.Append(kept.Span);
            BytesWritten += kept.Length;
            if (transactions!.JustAborted is { } transaction) file.Append(transaction);
        }

        return CleaningState.Working;
    }

    private CleaningState Finish()
    {
        file!.Finish();
        file.Dispose();
        var sources = groups!.Current;
        Group = new CleanedGroup(disk, log.Folder, file.BaseOffset, sources, sources.Sum(source => source.Size), file.Size);
        file = null;
        reader!.Dispose();
        reader = null;
        return CleaningState.SwapsGroup;
    }
}
