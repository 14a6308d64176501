using System.Text;
using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Simulation.Engine;
using StreamActors.Storage;

namespace StreamActors.Simulation.Logs;

/// <summary>Holds what a log shows its readers against what it promised. What is wrong is noted once, the first of it.</summary>
internal sealed class LogChecker(Counters counters)
{
    private const int LargestBatch = 1 << 20;

    public string? Violation { get; private set; }

    public void Violates(PartitionModel model, string what) => Violation ??= $"{model.Partition}: {what}";

    /// <summary>A log has been opened: it ends where it may, and begins where it may.</summary>
    /// <param name="model">What it promised.</param>
    /// <param name="view">What it is.</param>
    /// <param name="known">Up to where the checkpoints on the disk said that all was flushed and committed.</param>
    /// <param name="isSameProcess">Whether the process that had it before is the one that has it now.</param>
    /// <param name="now">The time, in ms.</param>
    public void Opened(PartitionModel model, LogView view, long known, bool isSameProcess, long now)
    {
        var end = view.LogEndOffset.Value;
        var most = model.End + model.Maybe.Count;
        // A batch that rotted before any checkpoint knew of it looks like a torn tail.
        var rotten = model.Damaged.Where(range => range.To > known).Select(range => Math.Max(known, range.From)).DefaultIfEmpty(long.MaxValue).Min();
        var least = isSameProcess ? model.End : Math.Min(model.Flushed, Math.Max(known, rotten));
        if (end < least || end > most) Violates(model, $"opened, it ends at {end}; at least {least} and at most {most} is right (flushed {model.Flushed}, known {known})");
        if (Violation is not null) return;
        if (end < model.Flushed) counters.Add("log.rot unknown to checkpoints was cut");
        if (end < model.End) counters.Add("log.unsynced records were lost");
        if (rotten != long.MaxValue && end < model.End) model.Excuse(end, now);
        model.EndsAt(end);
        var start = view.LogStartOffset.Value;
        var latest = Math.Max(model.Start, model.StartDurable);
        // A first segment that nobody has synced may be lost, and one behind it not.
        if (start < model.StartDurable || (start > latest && model.Flushed > latest))
            Violates(model, $"opened, it begins at {start}, which is not from {model.StartDurable} to {model.Start}");
        model.Start = start;
    }

    /// <summary>Everything that is there, from the start to the end.</summary>
    public void All(PartitionModel model, LogView view, long now)
    {
        var seen = new bool[model.Records.Count];
        var hidden = false;
        for (var at = view.LogStartOffset.Value; at < view.LogEndOffset.Value && Violation is null;)
        {
            var next = Read(model, view, at, 1 << 16, Isolation.LogEnd, seen);
            hidden |= next is null;
            at = next ?? at + 1;
        }

        if (Violation is not null) return;
        var aborted = model.Aborted();
        for (var offset = (int)view.LogStartOffset.Value; offset < seen.Length; offset++)
        {
            if (seen[offset] || model.IsDamagedAt(offset) || (hidden && IsHidden(model, view, offset)) || model.MayBeGone(offset, aborted, now)) continue;
            Violates(model, $"offset {offset} is gone ({model.Records[offset]})");
            return;
        }

        if (model.IsCompacted && !model.IsDamaged) CheckKeys(model, view, seen, aborted);
    }

    /// <summary>One read.</summary>
    /// <returns>The offset behind it; null where it was answered that the records are damaged.</returns>
    public long? Read(PartitionModel model, LogView view, long from, int maxBytes, Isolation isolation, bool[]? seen = null)
    {
        var result = view.Read(new Offset(from), maxBytes, minOneBatch: true, isolation);
        if (result.Error == ErrorCode.CorruptMessage)
        {
            counters.Add("log.damage reported");
            if (!IsHidden(model, view, from)) Violates(model, $"offset {from} is refused as damaged, and nobody has damaged it");
            return null;
        }

        if (result.Error != ErrorCode.None)
        {
            Violates(model, $"offset {from} is answered with {result.Error}, the log is {view.LogStartOffset} to {view.LogEndOffset}");
            return from + 1;
        }

        var bytes = result.Records.Length == 0 ? [] : result.Records.ToArray();
        var reader = new RecordBatchReader(bytes);
        var next = from;
        var isFirst = true;
        while (reader.MoveNext() && Violation is null)
        {
            var header = reader.Current.Header;
            if (!reader.Current.IsCrcValid) Violates(model, $"the batch at {header.BaseOffset}, read from {from}, fails its CRC");
            else if (header.BaseOffset < (isFirst ? 0 : next) || header.LastOffset < from || header.LastOffset >= model.End)
                Violates(model, $"a batch from {header.BaseOffset} to {header.LastOffset} comes where {next} is next, and the end is {model.End}");
            else if (!model.IsCompacted && header.BaseOffset > next && !(model.IsDamageForgotten && model.IsDamagedWithin(next, header.BaseOffset)))
                Violates(model, $"read from {from}, offsets from {next} to {header.BaseOffset} are left out");
            else Compare(model, reader.Current, isolation == Isolation.LogEnd ? seen : null);
            next = header.NextOffset;
            isFirst = false;
        }

        if (Violation is null && reader.Error != BatchError.None) Violates(model, $"a read from {from} ends with {reader.Error}");
        if (Violation is null && isFirst && isolation == Isolation.LogEnd && from < view.LogEndOffset.Value && !model.IsCompacted)
            Violates(model, $"a read from {from} gives nothing, the end is {view.LogEndOffset}");
        if (Violation is null && isolation == Isolation.Committed) CheckCommitted(model, result, bytes, from);
        return isFirst ? view.LogEndOffset.Value : next;
    }

    /// <summary>A record found by time is the first one that late.</summary>
    public void Time(PartitionModel model, LogView view, long timestamp)
    {
        var found = view.FindByTimestamp(new TimestampMs(timestamp), Isolation.LogEnd);
        if (found is { } record && (record.Offset.Value >= model.End || model.Records[(int)record.Offset.Value].Timestamp != record.Timestamp.Value || record.Timestamp.Value < timestamp))
            Violates(model, $"asked for time {timestamp}, offset {record.Offset} of {record.Timestamp} is told");
        if (model.AreTimesDamaged || model.IsDamaged || model.IsCompacted) return;
        var first = model.Records.FindIndex((int)view.LogStartOffset.Value, candidate => candidate.Timestamp >= timestamp);
        if (first != (found?.Offset.Value ?? -1)) Violates(model, $"asked for time {timestamp}, {found?.Offset.Value ?? -1} is told and not {first}");
    }

    /// <summary>A batch behind damage may be out of reach until the segment is recovered: it is refused, not lost.</summary>
    private static bool IsHidden(PartitionModel model, LogView view, long offset)
    {
        var index = view.IndexOf(offset);
        var to = index < view.SealedSegments.Length ? view.BaseOffset(index + 1) : view.LogEndOffset.Value;
        return model.IsDamagedWithin(view.BaseOffset(index), to);
    }

    private void Compare(PartitionModel model, RecordBatch batch, bool[]? seen)
    {
        var header = batch.Header;
        if (batch.Open(LargestBatch, out var opened) != BatchError.None)
        {
            Violates(model, $"the batch at {header.BaseOffset} cannot be opened");
            return;
        }

        using (opened)
        {
            var records = opened.Read();
            while (records.MoveNext())
            {
                var (record, offset) = (records.Current, records.Current.Offset.Value);
                var expected = model.Records[(int)offset];
                if (expected.IsControl != header.IsControl || (!header.IsControl && (Text(record.Key) != expected.Key || Text(record.Value) != expected.Value)))
                    Violates(model, $"offset {offset} holds {Text(record.Key)}={Text(record.Value)}, and {expected} was written there");
                if (header.PartitionLeaderEpoch != expected.Epoch)
                    Violates(model, $"offset {offset} is of epoch {header.PartitionLeaderEpoch}, and {expected.Epoch} wrote it");
                if (seen is not null) seen[offset] = true;
                counters.Add("log.records read");
            }
        }
    }

    /// <summary>Every key has the value that it had last; a key whose tombstone has gone has none.</summary>
    private void CheckKeys(PartitionModel model, LogView view, bool[] seen, bool?[] aborted)
    {
        var (expected, found) = (new Dictionary<string, int>(StringComparer.Ordinal), new Dictionary<string, int>(StringComparer.Ordinal));
        for (var offset = (int)view.LogStartOffset.Value; offset < model.Records.Count; offset++)
        {
            var record = model.Records[offset];
            if (record.IsControl || aborted[offset] != false) continue;
            Put(expected, record, offset);
            if (seen[offset]) Put(found, record, offset);
        }

        if (!expected.OrderBy(entry => entry.Key, StringComparer.Ordinal).SequenceEqual(found.OrderBy(entry => entry.Key, StringComparer.Ordinal)))
            Violates(model, $"the keys are {string.Join(' ', found)} and not {string.Join(' ', expected)}");

        static void Put(Dictionary<string, int> keys, ModelRecord record, int offset)
        {
            if (record.Value is null) keys.Remove(record.Key!);
            else keys[record.Key!] = offset;
        }
    }

    /// <summary>What a consumer of committed records keeps of a read, as it leaves aborted transactions out.</summary>
    private void CheckCommitted(PartitionModel model, LogReadResult result, byte[] bytes, long from)
    {
        if (model.IsDamaged) return;
        var status = model.Aborted();
        var ahead = new Queue<(long First, long Producer)>(result.AbortedTransactions.OrderBy(each => each.FirstOffset).Select(each => (each.FirstOffset, each.ProducerId)));
        var leftOut = new HashSet<long>();
        var reader = new RecordBatchReader(bytes);
        while (reader.MoveNext())
        {
            var header = reader.Current.Header;
            while (ahead.TryPeek(out var next) && next.First <= header.LastOffset) leftOut.Add(ahead.Dequeue().Producer);
            if (header.IsControl) leftOut.Remove(header.ProducerId);
            if (header.IsControl || header.Count == 0) continue;
            var isLeftOut = header.IsTransactional && leftOut.Contains(header.ProducerId);
            counters.Add(isLeftOut ? "log.aborted batches left out" : "log.committed batches read");
            if (status[header.LastOffset] is var aborted && aborted != isLeftOut)
                Violates(model, $"read committed from {from}: the batch at {header.BaseOffset} is {(isLeftOut ? "left out" : "shown")}, and is {aborted?.ToString() ?? "not even decided"}");
        }
    }

    private static string? Text(ReadOnlyMemory<byte>? bytes) => bytes is { } some ? Encoding.ASCII.GetString(some.Span) : null;
}
