using System.Collections.Immutable;
using StreamActors.Protocol;
using StreamActors.Protocol.Wire;
using StreamActors.Storage.Checkpoints;
using StreamActors.Storage.Files;
using StreamActors.Storage.Index;
using StreamActors.Storage.Recovery;
using StreamActors.Storage.Segment;

namespace StreamActors.Storage;

/// <summary>How far a reader may see.</summary>
public enum Isolation
{
    /// <summary>Up to the high watermark: consumers.</summary>
    Uncommitted,

    /// <summary>Up to the last stable offset: consumers of committed records.</summary>
    Committed,

    /// <summary>Up to the end: followers.</summary>
    LogEnd,
}

/// <summary>What a read gives.</summary>
/// <param name="Error">None, <see cref="ErrorCode.OffsetOutOfRange"/>, or <see cref="ErrorCode.CorruptMessage"/> where the disk has lost what was there.</param>
/// <param name="Records">Whole batches, the first of which may begin before the offset asked for; empty where there are none yet.</param>
/// <param name="AbortedTransactions">Those that a reader of committed records has to leave out; empty for others.</param>
/// <param name="View">The log as it was when it was read.</param>
public readonly record struct LogReadResult(
    ErrorCode Error, RecordsData Records, ImmutableArray<AbortedTransaction> AbortedTransactions, LogView View);

/// <summary>
/// A log at one moment. Immutable: the log publishes another after each change. Segments are only ever added to, so that
/// readers on any thread need no lock and no message to the log's owner.
/// </summary>
public sealed class LogView
{
    /// <summary>Bytes that a batch of a log may have when it is decompressed; a larger one is taken for damaged.</summary>
    internal const int LargestDecompressedBatch = 128 << 20;

    private readonly ImmutableArray<LogSegment> sealedSegments;
    private readonly SegmentView active;

    internal LogView(LogState state, Offset highWatermark)
    {
        sealedSegments = state.Sealed;
        active = state.Active.View;
        activeAborted = state.Active.Indexes.Aborted;
        LogStartOffset = state.LogStartOffset;
        LogEndOffset = state.NextOffset;
        HighWatermark = highWatermark;
        var unstable = state.Producers.Transactions.FirstUnstableOffset;
        LastStableOffset = unstable is { } first && first < highWatermark.Value ? Offset.Max(new Offset(first), LogStartOffset) : highWatermark;
        Epochs = state.Epochs;
        DamagedOffsets = state.Damaged;
    }

    private readonly AbortedTransaction[] activeAborted;

    public Offset LogStartOffset { get; }

    public Offset HighWatermark { get; }

    /// <summary>Where the first open transaction begins, or the high watermark.</summary>
    public Offset LastStableOffset { get; }

    public Offset LogEndOffset { get; }

    public LeaderEpochs Epochs { get; }

    /// <summary>Offsets whose records were lost to the disk; mostly none.</summary>
    public ImmutableArray<DamagedRange> DamagedOffsets { get; }

    /// <summary>Bytes of all segments.</summary>
    public long SizeInBytes => active.Size + sealedSegments.Sum(segment => segment.Size);

    public int SegmentCount => sealedSegments.Length + 1;

    internal ImmutableArray<LogSegment> SealedSegments => sealedSegments;

    internal SegmentView Active => active;

    /// <summary>The aborted transactions whose markers are in the log.</summary>
    internal IEnumerable<AbortedTransaction> Aborted => sealedSegments.SelectMany(segment => segment.Aborted()).Concat(activeAborted);

    public Offset Limit(Isolation isolation) => isolation switch
    {
        Isolation.LogEnd => LogEndOffset,
        Isolation.Committed => LastStableOffset,
        _ => HighWatermark,
    };

    /// <summary>Reads batches from the one on that holds an offset, out of one segment.</summary>
    /// <param name="from">The offset; those outside the log are out of range, those between the limit and the end give nothing.</param>
    /// <param name="maxBytes">How many bytes; only whole batches are given.</param>
    /// <param name="minOneBatch">Gives the first batch even where it is larger than that.</param>
    /// <param name="isolation">How far to read.</param>
    public LogReadResult Read(Offset from, int maxBytes, bool minOneBatch, Isolation isolation)
    {
        if (from < LogStartOffset || from > LogEndOffset) return new(ErrorCode.OffsetOutOfRange, RecordsData.Empty, [], this);
        var limit = Limit(isolation);
        if (from >= limit) return Nothing();
        if (IsDamaged(from)) return Damaged();
        for (var i = IndexOf(from.Value); i <= sealedSegments.Length; i++)
        {
            var segment = ViewOf(i);
            var found = segment.Find(from.Value, out var gapBehind, out var isBroken);
            if (isBroken || (gapBehind >= 0 && HidesRecords(i, segment, gapBehind, found?.Position ?? segment.Size))) return Damaged();
            if (found is not { } first) continue;

            var end = EndIn(i, segment, limit);
            if (first.Position >= end) return Nothing();
            var length = Length(segment, first, end, maxBytes, minOneBatch);
            if (length == 0) return Nothing();
            length = (int)(segment.Segment.GoodEnd(first.Position, first.Position + length, EndOffsetOf(i), segment.Size) - first.Position);
            if (length <= 0) return Damaged();
            var records = new RecordsData(new FileRecords(segment.Segment.File, first.Position, length));
            var aborted = isolation == Isolation.Committed ? AbortedIn(i, segment, from, first.Position + length, limit) : [];
            return new(ErrorCode.None, records, aborted, this);
        }

        return Nothing();
    }

    /// <summary>The first record below the limit whose timestamp is at or above the one given (ListOffsets); null where there is none.</summary>
    public TimestampedOffset? FindByTimestamp(TimestampMs timestamp, Isolation isolation)
    {
        for (var i = 0; i <= sealedSegments.Length; i++)
        {
            var highest = i < sealedSegments.Length ? sealedSegments[i].Max() : active.Max;
            if (highest.Timestamp < timestamp.Value) continue;
            if (i < sealedSegments.Length && BaseOffset(i + 1) <= LogStartOffset.Value) continue;
            if (ViewOf(i).FindByTimestamp(timestamp.Value, LogStartOffset.Value, LargestDecompressedBatch) is { } found)
                return found.Offset < Limit(isolation) ? found : null;
        }

        return null;
    }

    /// <summary>The first record that has the log's highest timestamp (KIP-734); null for a log without records.</summary>
    public TimestampedOffset? MaxTimestamp()
    {
        var highest = TimestampOffset.None;
        var at = -1;
        for (var i = 0; i <= sealedSegments.Length; i++)
        {
            var max = i < sealedSegments.Length ? sealedSegments[i].Max() : active.Max;
            if (max.Timestamp <= highest.Timestamp) continue;
            highest = max;
            at = i;
        }

        if (at < 0) return null;
        return ViewOf(at).FindByTimestamp(highest.Timestamp, LogStartOffset.Value, LargestDecompressedBatch) ?? MaxTimestampOfRecords();
    }

    /// <summary>Where an epoch's records end (OffsetForLeaderEpoch).</summary>
    public EpochEnd EndOffsetForEpoch(LeaderEpoch epoch) => Epochs.EndOffsetFor(epoch, LogEndOffset);

    /// <summary>Bytes of the segments before the batch that holds an offset, or the next one; of all of them where there is none.</summary>
    internal long BytesBelow(long offset)
    {
        var index = IndexOf(offset);
        var segment = ViewOf(index);
        return sealedSegments.Take(index).Sum(each => each.Size) + (segment.Find(offset)?.Position ?? segment.Size);
    }

    internal long BaseOffset(int index) => index < sealedSegments.Length ? sealedSegments[index].BaseOffset : active.BaseOffset;

    internal SegmentView ViewOf(int index) => index < sealedSegments.Length ? sealedSegments[index].View() : active;

    /// <summary>The segment that an offset lies in.</summary>
    internal int IndexOf(long offset)
    {
        if (offset >= active.BaseOffset) return sealedSegments.Length;
        int low = 0, high = sealedSegments.Length - 1;
        while (low < high)
        {
            var middle = (low + high + 1) >>> 1;
            if (sealedSegments[middle].BaseOffset <= offset) low = middle;
            else high = middle - 1;
        }

        return low;
    }

    /// <summary>Where compaction has emptied the batch with the highest timestamp, or the log begins behind it, the headers have to be looked at.</summary>
    private TimestampedOffset? MaxTimestampOfRecords()
    {
        var (highest, at) = (-1L, -1);
        for (var i = 0; i <= sealedSegments.Length; i++)
        {
            if (ViewOf(i).MaxTimestampOfRecords(LogStartOffset.Value) is var max && max <= highest) continue;
            highest = max;
            at = i;
        }

        return at < 0 ? null : ViewOf(at).FindByTimestamp(highest, LogStartOffset.Value, LargestDecompressedBatch);
    }

    /// <summary>
    /// Whether a batch behind which offsets are missing is damaged: it may be theirs. Mostly compaction has taken them.
    /// </summary>
    private bool HidesRecords(int index, SegmentView segment, long batch, long end) => segment.Segment.GoodEnd(batch, end, EndOffsetOf(index), segment.Size) < end;

    /// <summary>A loop, for it is on the way of every read: a lambda would allocate for each.</summary>
    private bool IsDamaged(Offset offset)
    {
        foreach (var range in DamagedOffsets)
        {
            if (range.Contains(offset)) return true;
        }

        return false;
    }

    private LogReadResult Damaged() => new(ErrorCode.CorruptMessage, RecordsData.Empty, [], this);

    private LogReadResult Nothing() => new(ErrorCode.None, RecordsData.Empty, [], this);

    private long EndOffsetOf(int index) => index < sealedSegments.Length ? BaseOffset(index + 1) : LogEndOffset.Value;

    private long EndIn(int index, SegmentView segment, Offset limit)
    {
        var next = EndOffsetOf(index);
        return limit.Value >= next ? segment.Size : segment.Find(limit.Value)?.Position ?? segment.Size;
    }

    private static int Length(SegmentView segment, (long Position, int Size) first, long end, int maxBytes, bool minOneBatch)
    {
        var available = end - first.Position;
        if (available <= maxBytes) return (int)available;
        if (first.Size > maxBytes) return minOneBatch ? first.Size : 0;
        // What would still fit is not worth a look at the file.
        if (maxBytes - first.Size < maxBytes / 64) return first.Size;
        return (int)(segment.LastBatchEnd(first.Position, first.Position + maxBytes) - first.Position);
    }

    /// <summary>Aborted transactions with records in what is read; their markers may lie in later segments.</summary>
    private ImmutableArray<AbortedTransaction> AbortedIn(int index, SegmentView segment, Offset from, long endPosition, Offset limit)
    {
        var next = index < sealedSegments.Length ? BaseOffset(index + 1) : limit.Value;
        var upTo = Math.Min(limit.Value, segment.OffsetBehind(endPosition) ?? next);
        var found = ImmutableArray.CreateBuilder<AbortedTransaction>();
        for (var i = index; i <= sealedSegments.Length; i++)
        {
            foreach (var transaction in i < sealedSegments.Length ? sealedSegments[i].Aborted() : activeAborted)
            {
                if (transaction.LastOffset >= from.Value && transaction.FirstOffset < upTo) found.Add(transaction);
                if (transaction.LastStableOffset >= upTo) return found.ToImmutable();
            }
        }

        return found.ToImmutable();
    }
}
