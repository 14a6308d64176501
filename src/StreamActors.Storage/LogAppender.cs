using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Files;
using StreamActors.Storage.Producers;

namespace StreamActors.Storage;

/// <summary>
/// Appends to a log's state: gives offsets, judges producers, gathers the batches and writes them in one piece, or in two where a segment begins
/// between them. Where the disk is full, the log is cut back to what was written before, and whoever was in that write is told. Any other failure is for
/// the caller: it is the end of the data folder.
/// </summary>
internal sealed class LogAppender(LogState log)
{
    private readonly List<ReadOnlyMemory<byte>> gathered = [];
    private readonly List<AppendItem> waiting = [];
    private long gatheredFrom;
    private Offset offsetBefore;

    /// <summary>Appends as a leader.</summary>
    public void Append(ReadOnlySpan<AppendItem> items, LeaderEpoch epoch, TimestampMs now)
    {
        Start();
        foreach (var item in items)
        {
            if (Judge(item) is { } refused)
            {
                item.Outcome = refused;
                continue;
            }

            var appendTime = log.Config.TimestampType == TimestampType.LogAppendTime ? now : TimestampMs.None;
            var first = log.NextOffset;
            if (!TryStampAndAdd(item, epoch, appendTime, now)) continue;
            item.Outcome = new AppendOutcome(ErrorCode.None, first, new Offset(log.NextOffset.Value - 1), appendTime, log.LogStartOffset);
        }

        Write();
    }

    /// <summary>Appends what a leader has sent, with its offsets and epochs. The bytes must be whole batches.</summary>
    public AppendOutcome AppendAsFollower(ReadOnlyMemory<byte> records, TimestampMs now)
    {
        Start();
        var item = new AppendItem(System.Runtime.InteropServices.MemoryMarshal.AsMemory(records));
        var first = new RecordBatchHeader(records.Span).BaseOffset;
        item.Outcome = new AppendOutcome(ErrorCode.None, new Offset(first), log.NextOffset, TimestampMs.None, log.LogStartOffset);
        var reader = new RecordBatchReader(records);
        while (reader.MoveNext())
        {
            var header = reader.Current.Header;
            if (!RollFor(header, header.LastOffset, now, item)) return item.Outcome;
            if (!TryAssignEpoch(header, item)) return item.Outcome;
            Add(reader.Current, item);
        }

        item.Outcome = item.Outcome with { LastOffset = new Offset(log.NextOffset.Value - 1) };
        Write();
        return item.Outcome;
    }

    private AppendOutcome? Judge(AppendItem item)
    {
        var reader = new RecordBatchReader(item.Records);
        var batches = 0;
        while (reader.MoveNext())
        {
            batches++;
            var header = reader.Current.Header;
            var verdict = log.Producers.Judge(header, ControlRecords.ReadMarker(reader.Current), item.TransactionVersion);
            if (verdict.Duplicate is { } duplicate)
            {
                return new AppendOutcome(
                    ErrorCode.None, new Offset(duplicate.FirstOffset), new Offset(duplicate.LastOffset), new TimestampMs(duplicate.Timestamp),
                    log.LogStartOffset, IsDuplicate: true);
            }

            if (verdict.Error != ErrorCode.None) return Failed(verdict.Error, verdict.Message);
            if (header.HasProducerId && reader.Remaining > 0) return Failed(ErrorCode.InvalidRecord, "Several batches of a producer in one append");
        }

        return batches == 0 || reader.Error != BatchError.None ? Failed(ErrorCode.CorruptMessage, $"Not whole batches: {reader.Error}") : null;
    }

    private bool TryStampAndAdd(AppendItem item, LeaderEpoch epoch, TimestampMs appendTime, TimestampMs now)
    {
        var reader = new RecordBatchReader(item.Records);
        var at = 0;
        while (reader.MoveNext())
        {
            var batch = item.Records.Span.Slice(at, reader.Current.Memory.Length);
            at += batch.Length;
            RecordBatchStamp.OffsetAndEpoch(batch, log.NextOffset.Value, epoch.Value);
            if (appendTime != TimestampMs.None) RecordBatchStamp.Timestamps(batch, TimestampType.LogAppendTime, appendTime.Value);
            var header = new RecordBatchHeader(batch);
            if (!RollFor(header, header.LastOffset, now, item)) return false;
            Add(reader.Current, item);
        }

        return true;
    }

    private void Add(RecordBatch batch, AppendItem item)
    {
        var header = batch.Header;
        log.Active.Add(header);
        if (log.Producers.Apply(header, ControlRecords.ReadMarker(batch)) is { } aborted) log.Active.Indexes.Add(aborted);
        log.NextOffset = new Offset(header.NextOffset);
        gathered.Add(batch.Memory);
        if (waiting.Count == 0 || !ReferenceEquals(waiting[^1], item)) waiting.Add(item);
    }

    private bool TryAssignEpoch(RecordBatchHeader header, AppendItem item)
    {
        try
        {
            log.SetEpochs(log.Epochs.Assign(new LeaderEpoch(header.PartitionLeaderEpoch), new Offset(header.BaseOffset)));
            return true;
        }
        catch (IOException failure) when (DiskFull.IsCause(failure))
        {
            if (gathered.Count > 0) log.CutActive(gatheredFrom, offsetBefore);
            item.Outcome = Failed(ErrorCode.KafkaStorageError, DiskFull.Message);
            return false;
        }
    }

    /// <summary>Begins a segment where the batch does not fit; false where what was gathered before could not be written.</summary>
    private bool RollFor(RecordBatchHeader header, long lastOffset, TimestampMs now, AppendItem item)
    {
        if (!log.Active.MustRollBefore(header, lastOffset, log.Config, now.Value)) return true;
        if (!Write())
        {
            item.Outcome = Failed(ErrorCode.KafkaStorageError, DiskFull.Message);
            return false;
        }

        try
        {
            log.Roll(now);
        }
        catch (IOException failure) when (DiskFull.IsCause(failure))
        {
            item.Outcome = Failed(ErrorCode.KafkaStorageError, DiskFull.Message);
            return false;
        }

        Start();
        return true;
    }

    private void Start()
    {
        gathered.Clear();
        waiting.Clear();
        gatheredFrom = log.Active.Size;
        offsetBefore = log.NextOffset;
    }

    private bool Write()
    {
        if (gathered.Count == 0) return true;
        try
        {
            log.Active.Segment.File.Write(gatheredFrom, gathered);
            log.Active.Segment.Checked.AddWritten(gatheredFrom, log.Active.Size);
            return true;
        }
        catch (IOException failure) when (DiskFull.IsCause(failure))
        {
            foreach (var item in waiting) item.Outcome = Failed(ErrorCode.KafkaStorageError, DiskFull.Message);
            log.CutActive(gatheredFrom, offsetBefore);
            return false;
        }
        finally
        {
            Start();
        }
    }

    private AppendOutcome Failed(ErrorCode error, string? message) => AppendOutcome.Failed(error, message, log.LogStartOffset);
}
