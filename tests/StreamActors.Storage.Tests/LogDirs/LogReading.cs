using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Index;
using Record = StreamActors.Protocol.Records.Record;

namespace StreamActors.Storage.Tests.LogDirs;

/// <summary>A record as a consumer sees it.</summary>
public sealed record SeenRecord(Record Record, int LeaderEpoch, TimestampType TimestampType);

/// <summary>Reads a log as a consumer does: fetch by fetch, batch by batch, leaving out what was aborted.</summary>
public static class LogReading
{
    public static List<SeenRecord> Consume(LogView view, Isolation isolation, int maxBytes = 1 << 20)
    {
        var seen = new List<SeenRecord>();
        var position = view.LogStartOffset;
        while (position < view.Limit(isolation))
        {
            var read = view.Read(position, maxBytes, minOneBatch: true, isolation);
            Assert.Equal(ErrorCode.None, read.Error);
            if (read.Records.Length == 0) break;
            position = Take(read.Records.ToArray(), read.AbortedTransactions, position, isolation, seen);
        }

        return seen;
    }

    /// <summary>The offsets of all records of a read.</summary>
    public static List<long> Offsets(LogReadResult read)
    {
        Assert.Equal(ErrorCode.None, read.Error);
        var seen = new List<SeenRecord>();
        Take(read.Records.ToArray(), [], Offset.Zero, Isolation.LogEnd, seen);
        return [.. seen.Select(each => each.Record.Offset.Value)];
    }

    private static Offset Take(
        byte[] bytes, IReadOnlyCollection<AbortedTransaction> abortedTransactions, Offset position, Isolation isolation, List<SeenRecord> seen)
    {
        var waiting = new Queue<AbortedTransaction>(abortedTransactions.OrderBy(t => t.FirstOffset));
        var aborting = new HashSet<long>();
        var reader = new RecordBatchReader(bytes);
        while (reader.MoveNext())
        {
            var header = reader.Current.Header;
            Assert.True(reader.Current.IsCrcValid);
            while (waiting.TryPeek(out var next) && next.FirstOffset <= header.LastOffset) aborting.Add(waiting.Dequeue().ProducerId);
            if (header.IsControl)
            {
                if (ControlRecords.ReadMarker(reader.Current) is { Type: ControlRecordType.Abort }) aborting.Remove(header.ProducerId);
            }
            else if (isolation != Isolation.Committed || !header.IsTransactional || !aborting.Contains(header.ProducerId))
            {
                Assert.Equal(BatchError.None, reader.Current.Open(64 << 20, out var opened));
                using (opened)
                {
                    var records = opened.Read();
                    while (records.MoveNext())
                    {
                        if (records.Current.Offset >= position) seen.Add(new SeenRecord(Own(records.Current), header.PartitionLeaderEpoch, header.Attributes.TimestampType));
                    }

                    Assert.Equal(BatchError.None, records.Error);
                }
            }

            position = new Offset(header.NextOffset);
        }

        Assert.Equal(BatchError.None, reader.Error);
        return position;
    }

    private static Record Own(Record record) => record with
    {
        Key = record.Key is { } key ? key.ToArray() : default(ReadOnlyMemory<byte>?),
        Value = record.Value is { } value ? value.ToArray() : default(ReadOnlyMemory<byte>?),
    };
}
