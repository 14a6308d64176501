using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Records;
using StreamActors.Protocol.Wire;

namespace StreamActors.Benchmarks.Load;

/// <summary>The topic of a measurement.</summary>
internal sealed record TopicTarget(string Name, Guid Id, int Partitions);

/// <summary>The requests of the load, as a client with Kafka's default settings sends them.</summary>
internal static class Requests
{
    private const short FirstProduceWithIds = 13;
    private const short FirstFetchWithIds = 13;

    public static ProduceRequest Produce(TopicTarget topic, short version, IEnumerable<(int Partition, RecordsData Records)> batches)
    {
        var data = new ProduceRequest.TopicProduceData();
        if (version >= FirstProduceWithIds) data.TopicId = topic.Id;
        else data.Name = topic.Name;
        foreach (var (partition, records) in batches) data.PartitionData.Add(new() { Index = partition, Records = records });
        return new ProduceRequest { Acks = 1, TimeoutMs = 30_000, TopicData = [data] };
    }

    /// <param name="offsets">Where to go on in each partition; null for those that are read to their end.</param>
    public static FetchRequest Fetch(TopicTarget topic, short version, long?[] offsets)
    {
        var data = new FetchRequest.FetchTopic();
        if (version >= FirstFetchWithIds) data.TopicId = topic.Id;
        else data.Topic = topic.Name;
        for (var partition = 0; partition < offsets.Length; partition++)
        {
            if (offsets[partition] is { } offset) data.Partitions.Add(new() { Partition = partition, FetchOffset = offset, PartitionMaxBytes = 1 << 20 });
        }

        return new FetchRequest { MaxWaitMs = 500, MinBytes = 1, MaxBytes = 50 << 20, Topics = [data] };
    }

    /// <summary>As many records of 1 KiB as a batch of 64 KiB holds; their bytes do not compress.</summary>
    public static byte[] Batch()
    {
        const int BatchSize = 64 * 1024;
        const int Overhead = 12;
        var random = new Random(1);
        using var builder = new RecordBatchBuilder();
        while (builder.UncompressedSize + 1024 + Overhead <= BatchSize)
        {
            var value = new byte[1024];
            random.NextBytes(value);
            builder.Append(TimestampMs.Of(DateTimeOffset.UtcNow), null, value);
        }

        return builder.Build();
    }

    public static byte[] TinyBatch()
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(TimestampMs.Of(DateTimeOffset.UtcNow), null, "0123456789"u8.ToArray());
        return builder.Build();
    }
}
