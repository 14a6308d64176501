using System.Text;
using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Compaction;
using StreamActors.Storage.Tests.LogDirs;

namespace StreamActors.Storage.Tests.Compaction;

/// <summary>What tests of compaction have in common.</summary>
internal static class Cleaning
{
    /// <summary>Runs a whole pass, as cleaner and writer in turn; the number of groups that were swapped in.</summary>
    public static int Run(PartitionLog log, TimestampMs now, CleanerLimits? limits = null, int step = 1 << 20)
    {
        using var pass = log.BeginCleaning(limits ?? new CleanerLimits(), now);
        var groups = 0;
        while (true)
        {
            switch (pass.Advance(step))
            {
                case CleaningState.SwapsGroup:
                    if (!log.Swap(pass.Group!, now)) return groups;
                    groups++;
                    break;
                case CleaningState.Done:
                    log.EndCleaning(pass);
                    return groups;
            }
        }
    }

    public static byte[] Batch(
        IEnumerable<(string Key, string? Value)> records, long timestamp = 1000, CompressionCodec codec = CompressionCodec.None,
        long producer = -1, short epoch = 0, int sequence = -1, bool transactional = false)
    {
        using var builder = new RecordBatchBuilder
        {
            Codec = codec,
            ProducerId = producer,
            ProducerEpoch = producer < 0 ? (short)-1 : epoch,
            BaseSequence = sequence,
            IsTransactional = transactional,
        };
        foreach (var (key, value) in records)
            builder.Append(new TimestampMs(timestamp), Encoding.UTF8.GetBytes(key), value is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(value));
        return builder.Build();
    }

    public static byte[] Batch(string key, string? value, long timestamp = 1000) => Batch([(key, value)], timestamp);

    /// <summary>Offset, key and value of all that a consumer sees.</summary>
    public static List<(long Offset, string Key, string? Value)> Contents(PartitionLog log, Isolation isolation = Isolation.LogEnd) =>
    [
        .. LogReading.Consume(log.View, isolation).Select(seen => (
            seen.Record.Offset.Value,
            Encoding.UTF8.GetString(seen.Record.Key!.Value.Span),
            seen.Record.Value is { } value ? Encoding.UTF8.GetString(value.Span) : null)),
    ];

    public static List<RecordBatch> BatchesOf(PartitionLog log)
    {
        var batches = new List<RecordBatch>();
        for (var at = log.View.LogStartOffset; ;)
        {
            var read = log.View.Read(at, int.MaxValue, true, Isolation.LogEnd);
            if (read.Records.Length == 0) return batches;
            var reader = new RecordBatchReader(read.Records.ToArray());
            while (reader.MoveNext())
            {
                batches.Add(reader.Current);
                at = new Offset(reader.Current.Header.NextOffset);
            }
        }
    }
}
