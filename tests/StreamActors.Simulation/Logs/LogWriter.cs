using System.Text;
using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Simulation.Engine;
using StreamActors.Storage;

namespace StreamActors.Simulation.Logs;

/// <summary>Writes to logs as clients do: records without producer, of idempotent producers, in transactions; sends again what is there already.</summary>
internal sealed class LogWriter(WorldRandom random, LogChecker checker, Counters counters)
{
    private const short ProducerEpoch = 0;
    private static readonly string Filler = new('v', 400);

    private int serial;

    public void Append(PartitionModel model, PartitionLog log, int epoch, long now, int most)
    {
        var items = new List<AppendItem>();
        var batches = new List<List<ModelRecord>>();
        for (var count = random.Next(1, most + 1); count > 0; count--)
        {
            var batch = Batch(model, model.End + model.Maybe.Count, epoch, now, isFirst: items.Count == 0);
            model.Maybe.AddRange(batch);
            batches.Add(batch);
            items.Add(new AppendItem(Bytes(batch)));
        }

        log.Append(items.ToArray(), new LeaderEpoch(epoch), new TimestampMs(now));
        // What was written of it nobody knows.
        if (log.IsOffline) return;
        model.Maybe.Clear();
        for (var i = 0; i < items.Count; i++) Settle(model, items[i].Outcome, batches[i]);
    }

    /// <summary>Sends a producer's last batch again.</summary>
    public void Resend(PartitionModel model, PartitionLog log, int epoch, long now)
    {
        var producer = random.Pick(model.Producers);
        var last = model.Records.FindLast(record => record.ProducerId == producer);
        if (last is null || last.BatchBase < log.View.LogStartOffset.Value || model.IsDamaged || model.MayForget(last)) return;
        var item = new AppendItem(Bytes(model.Records.FindAll(record => record.ProducerId == producer && record.BatchBase == last.BatchBase)));
        log.Append([item], new LeaderEpoch(epoch), new TimestampMs(now));
        if (log.IsOffline || item.Outcome.Error == ErrorCode.KafkaStorageError) return;
        counters.Add("log.duplicates");
        if (!item.Outcome.IsDuplicate || item.Outcome.BaseOffset.Value != last.BatchBase)
            checker.Violates(model, $"the batch at {last.BatchBase} of producer {producer} was sent again, and answered {item.Outcome}");
    }

    private void Settle(PartitionModel model, AppendOutcome outcome, List<ModelRecord> batch)
    {
        switch (outcome.Error)
        {
            case ErrorCode.None when outcome.BaseOffset.Value == model.End && !outcome.IsDuplicate:
                model.Add(batch.Select(record => record with { BatchBase = outcome.BaseOffset.Value }));
                counters.Add("log.batches appended");
                break;
            case ErrorCode.KafkaStorageError:
                counters.Add("log.batches refused by a full disk");
                break;
            case ErrorCode.OutOfOrderSequenceNumber or ErrorCode.InvalidTxnState when model.IsDamaged || model.MayForget(batch[0]):
                // A producer whose batches are damaged gives up.
                for (var i = 0; i < 2; i++)
                {
                    if (model.Producers[i] == batch[0].ProducerId) model.Producers[i] += 1000;
                    if (model.TransactionalProducers[i] == batch[0].ProducerId) model.TransactionalProducers[i] += 1000;
                }

                break;
            default:
                checker.Violates(model, $"{batch.Count} records from {batch[0]} on were appended where the end was {model.End}, and answered {outcome}");
                break;
        }
    }

    private List<ModelRecord> Batch(PartitionModel model, long at, int epoch, long now, bool isFirst)
    {
        // One of a producer in an append: the next one's number depends on what becomes of it.
        var kind = isFirst ? random.Next(4) : 0;
        var producer = kind switch { 2 => random.Pick(model.Producers), 3 => random.Pick(model.TransactionalProducers), _ => -1L };
        if (kind == 3 && model.Records.FindLast(record => record.ProducerId == producer) is { IsControl: false } && random.Chance(0.5))
            return [new ModelRecord(at, null, random.Pick([ModelRecord.Commit, ModelRecord.Abort]), now, epoch, producer, -1, true, true)];
        var sequence = producer < 0 ? -1 : model.NextSequence(producer);
        var batch = new List<ModelRecord>();
        for (var count = random.Next(1, 5); count > 0; count--)
        {
            var key = model.IsCompacted ? $"k{random.Next(10)}" : random.Chance(0.3) ? $"k{serial}" : null;
            var value = model.IsCompacted && random.Chance(0.2) ? null : $"{model.Partition} {serial++} {Filler[..random.Next(Filler.Length / 4)]}";
            batch.Add(new ModelRecord(at, key, value, now, epoch, producer, sequence < 0 ? -1 : sequence++, kind == 3, false));
        }

        return batch;
    }

    private static byte[] Bytes(List<ModelRecord> batch)
    {
        var first = batch[0];
        if (first.IsControl)
        {
            var type = first.Value == ModelRecord.Commit ? ControlRecordType.Commit : ControlRecordType.Abort;
            return ControlRecords.BuildMarker(new EndTransactionMarker(type, 0), first.ProducerId, ProducerEpoch, new TimestampMs(first.Timestamp));
        }

        using var builder = new RecordBatchBuilder
        {
            ProducerId = first.ProducerId,
            ProducerEpoch = first.ProducerId < 0 ? (short)-1 : ProducerEpoch,
            BaseSequence = first.Sequence,
            IsTransactional = first.IsTransactional,
        };
        foreach (var record in batch) builder.Append(new TimestampMs(record.Timestamp), Ascii(record.Key), Ascii(record.Value));
        return builder.Build();
    }

    private static ReadOnlyMemory<byte>? Ascii(string? text) => text is null ? default(ReadOnlyMemory<byte>?) : Encoding.ASCII.GetBytes(text);
}
