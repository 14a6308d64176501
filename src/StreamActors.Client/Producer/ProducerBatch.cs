using StreamActors.Client.Errors;
using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;

namespace StreamActors.Client.Producer;

/// <summary>Records of one partition that travel and succeed or fail together. Filled, then closed, then sent as often as needed.</summary>
internal sealed class ProducerBatch : IDisposable
{
    private readonly RecordBatchBuilder builder;
    private readonly List<(TimestampMs Timestamp, TaskCompletionSource<RecordMetadata> Delivered)> records = [];
    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ProducerBatch(TopicPartition partition, ProducerOptions options, TimeProvider time)
    {
        Partition = partition;
        builder = new RecordBatchBuilder { Codec = options.Compression, CompressionLevel = options.CompressionLevel };
        Linger = new Deadline(time, options.Linger);
        Delivery = new Deadline(time, options.DeliveryTimeout);
    }

    public TopicPartition Partition { get; }

    public Deadline Linger { get; }

    public Deadline Delivery { get; }

    public int Count => builder.Count;

    /// <summary>Bytes if it were not compressed.</summary>
    public int Size => builder.UncompressedSize;

    /// <summary>What the records took of the producer's memory.</summary>
    public int ReservedBytes { get; private set; }

    /// <summary>No more records come in: it has been sent, or is being sent.</summary>
    public bool IsClosed { get; set; }

    /// <summary>The first record's sequence number; -1 as long as none was given out for it.</summary>
    public int BaseSequence { get; set; } = -1;

    public int Attempts { get; set; }

    /// <summary>When it may be sent again after a failure.</summary>
    public Deadline? RetryAfter { get; set; }

    public KafkaException? LastError { get; set; }

    /// <summary>An answer was lost or uncertain: the broker may have these records already.</summary>
    public bool MayBeWritten { get; set; }

    /// <summary>Done when it is delivered or has failed; does not say which.</summary>
    public Task Done => done.Task;

    public bool HasRoomFor(int bytes, int batchSize) => !IsClosed && Size + bytes <= batchSize;

    public Task<RecordMetadata> Append(ProducerRecord record, TimestampMs timestamp, int reservedBytes)
    {
        // Whoever drops the task still has FlushAsync; a combinator over it would hop to the thread pool, so it is awaited directly.
        var delivered = new TaskCompletionSource<RecordMetadata>(TaskCreationOptions.RunContinuationsAsynchronously);
        var headers = record.Headers.Count == 0 ? [] : record.Headers as RecordHeader[] ?? [.. record.Headers];
        builder.Append(timestamp, record.Key, record.Value, headers);
        records.Add((timestamp, delivered));
        ReservedBytes += reservedBytes;
        return delivered.Task;
    }

    public void EncodeInto(PooledBuffer buffer, long producerId, short producerEpoch)
    {
        builder.ProducerId = BaseSequence < 0 ? -1 : producerId;
        builder.ProducerEpoch = BaseSequence < 0 ? (short)-1 : producerEpoch;
        builder.BaseSequence = BaseSequence;
        builder.BuildInto(buffer);
    }

    public void Complete(long baseOffset, long logAppendTime)
    {
        for (var i = 0; i < records.Count; i++)
        {
            var timestamp = logAppendTime >= 0 ? new TimestampMs(logAppendTime) : records[i].Timestamp;
            records[i].Delivered.TrySetResult(new RecordMetadata(Partition, new Offset(baseOffset < 0 ? -1 : baseOffset + i), timestamp));
        }

        done.TrySetResult();
    }

    /// <param name="error">What became of the batch.</param>
    /// <param name="ofRecords">What the broker says of single records, by their place in the batch.</param>
    public void Fail(KafkaException error, IReadOnlyDictionary<int, KafkaException>? ofRecords = null)
    {
        for (var i = 0; i < records.Count; i++) records[i].Delivered.TrySetException(ofRecords?.GetValueOrDefault(i) ?? error);
        done.TrySetResult();
    }

    public void Dispose() => builder.Dispose();
}
