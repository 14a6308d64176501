using System.Buffers.Binary;
using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Protocol.Wire;
using StreamActors.Storage;

namespace StreamActors.Cluster.Journal;

/// <summary>
/// The log <c>__cluster_metadata-0</c>: an event is a batch, its records are the controller's, in Kafka's own framing, so that
/// Kafka's dump tool shows them. The sequence number of the event stands in the batch's first record as a header.
/// </summary>
internal sealed class MetadataLog
{
    /// <summary>Kafka's fixed id of the metadata topic.</summary>
    private static readonly TopicId Topic = new(new Guid([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], bigEndian: true));

    private static readonly TopicPartition Partition = new(LogDirectories.MetadataTopic, 0);
    private const string SequenceHeader = "sequence";

    // An event is never dropped by age or size: only a snapshot makes room, by moving the log's start.
    private static readonly LogConfig Config = LogConfig.Default with { RetentionMs = -1, RetentionBytes = -1, SegmentBytes = 64 << 20, MaxMessageBytes = int.MaxValue };

    private readonly JournalSetup setup;
    private readonly PartitionLog log;
    private readonly SortedList<long, Offset> positions = [];

    public MetadataLog(JournalSetup setup)
    {
        this.setup = setup;
        log = setup.Directory.OpenLog(Partition, Topic, Config, Now);
        log.AdvanceHighWatermark(log.View.LogEndOffset);
        foreach (var (sequence, batch) in Batches(log.View.LogStartOffset)) positions.Add(sequence, new Offset(batch.Header.BaseOffset));
        HighestSequence = positions.Count > 0 ? positions.GetKeyAtIndex(positions.Count - 1) : 0;
    }

    public string Folder => log.Folder;

    /// <summary>0 where there are no events.</summary>
    public long HighestSequence { get; private set; }

    private TimestampMs Now => TimestampMs.Of(setup.Clock.GetUtcNow());

    /// <summary>
    /// Appends events and syncs them. A sequence number that does not follow the last one is another writer's: nothing is
    /// appended and <see cref="SequenceTakenException"/> is thrown.
    /// </summary>
    public void Append(IReadOnlyList<(long Sequence, MetadataEvent Event)> events)
    {
        var expected = HighestSequence;
        foreach (var (sequence, _) in events)
        {
            if (sequence != ++expected) throw new SequenceTakenException(sequence, HighestSequence);
        }

        var items = events.Select(entry => new AppendItem(Encode(entry.Sequence, entry.Event))).ToArray();
        log.Append(items, new LeaderEpoch(0), Now);
        foreach (var item in items)
        {
            if (item.Outcome.Error != ErrorCode.None) throw new IOException($"The metadata log refused an event: {item.Outcome.Error} {item.Outcome.ErrorMessage}");
        }

        log.Sync();
        log.AdvanceHighWatermark(log.View.LogEndOffset);
        for (var index = 0; index < items.Length; index++) positions.Add(events[index].Sequence, items[index].Outcome.BaseOffset);
        HighestSequence = expected;
    }

    public IEnumerable<(long Sequence, MetadataEvent Event)> Read(long from, long to)
    {
        if (positions.Count == 0 || to < from) yield break;
        var first = positions.Keys.FirstOrDefault(sequence => sequence >= from, -1);
        if (first < 0) yield break;
        foreach (var (sequence, batch) in Batches(positions[first]))
        {
            if (sequence > to) yield break;
            yield return (sequence, Decode(batch));
        }
    }

    /// <summary>Drops events up to a number, which a snapshot contains. The last one stays, since it carries the number to go on from.</summary>
    public void DeleteUpTo(long sequence)
    {
        sequence = Math.Min(sequence, HighestSequence - 1);
        var kept = positions.Keys.FirstOrDefault(known => known > sequence, -1);
        if (kept < 0) return;
        log.DeleteRecords(positions[kept]);
        log.ApplyRetention(Now);
        setup.Directory.WriteCheckpoints();
        while (positions.Count > 0 && positions.GetKeyAtIndex(0) <= sequence) positions.RemoveAt(0);
    }

    public void Close() => log.Close(clean: true);

    private IEnumerable<(long Sequence, RecordBatch Batch)> Batches(Offset from)
    {
        while (from < log.View.LogEndOffset)
        {
            var read = log.View.Read(from, 4 << 20, minOneBatch: true, Isolation.LogEnd);
            if (read.Error != ErrorCode.None) throw new InvalidDataException($"The metadata log is damaged at offset {from}: {read.Error}");
            if (read.Records.Length == 0) yield break;
            foreach (var batch in Split(read.Records.ToArray()))
            {
                if (batch.Header.NextOffset <= from.Value) continue;
                from = new Offset(batch.Header.NextOffset);
                yield return (SequenceOf(batch), batch);
            }
        }
    }

    private static List<RecordBatch> Split(byte[] bytes)
    {
        var batches = new List<RecordBatch>();
        var reader = new RecordBatchReader(bytes);
        while (reader.MoveNext()) batches.Add(reader.Current);
        return batches;
    }

    private byte[] Encode(long sequence, MetadataEvent stored)
    {
        using var builder = new RecordBatchBuilder();
        var now = Now;
        var number = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(number, sequence);
        RecordHeader[] headers = [new RecordHeader(SequenceHeader, number)];
        foreach (var record in stored.Records)
        {
            builder.Append(now, null, MetadataRecordCodec.EncodeOne(record), headers);
            headers = [];
        }

        return builder.Build();
    }

    private static long SequenceOf(RecordBatch batch)
    {
        if (batch.Open(int.MaxValue, out var opened) != BatchError.None) throw new InvalidDataException($"The event at offset {batch.Header.BaseOffset} cannot be read.");
        using (opened)
        {
            var records = opened.Read();
            if (records.MoveNext())
            {
                foreach (var header in records.Current.Headers)
                {
                    if (header.Name == SequenceHeader && header.Value is { Length: sizeof(long) } number) return BinaryPrimitives.ReadInt64BigEndian(number.Span);
                }
            }
        }

        throw new InvalidDataException($"The event at offset {batch.Header.BaseOffset} has no sequence number.");
    }

    private static MetadataEvent Decode(RecordBatch batch)
    {
        var stored = new List<IRecordMessage>(batch.Header.Count);
        if (batch.Open(int.MaxValue, out var opened) != BatchError.None) throw new InvalidDataException($"The event at offset {batch.Header.BaseOffset} cannot be read.");
        using (opened)
        {
            var records = opened.Read();
            while (records.MoveNext()) stored.Add(MetadataRecordCodec.DecodeOne(records.Current.Value ?? ReadOnlyMemory<byte>.Empty));
            if (records.Error != BatchError.None) throw new InvalidDataException($"The event at offset {batch.Header.BaseOffset} is damaged: {records.Error}.");
        }

        return new MetadataEvent(stored);
    }
}

/// <summary>An event has a number that the journal has already, or that does not follow: there is another writer.</summary>
public sealed class SequenceTakenException(long sequence, long highest)
    : InvalidOperationException($"Event {sequence} does not follow event {highest}: the journal has another writer.");
