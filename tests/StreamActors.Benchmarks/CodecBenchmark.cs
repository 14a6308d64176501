using System.Globalization;
using System.Text;
using StreamActors.Benchmarks.Load;
using StreamActors.Benchmarks.Measuring;
using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Records;
using StreamActors.Protocol.Wire;
using StreamActors.Storage;
using StreamActors.Storage.Validation;

namespace StreamActors.Benchmarks;

/// <summary>What travels on every request, on one thread: messages, checksums, checks, compression. The best of five by the thread's CPU.</summary>
internal static class CodecBenchmark
{
    private const long PassNanoseconds = 100_000_000;

    public static Task<int> RunAsync()
    {
        Messages();
        Checksums();
        Compression();
        return Task.FromResult(0);
    }

    private static void Messages()
    {
        var batch = Requests.Batch();
        var topic = new TopicTarget("load", Guid.NewGuid(), 6);
        var six = Enumerable.Range(0, 6).ToArray();
        Message("Produce request, 6 x 64 KiB", Requests.Produce(topic, 13, six.Select(partition => (partition, new RecordsData(batch)))), 13);
        Message("Produce response, 6 partitions", new ProduceResponse
        {
            Responses = [new() { TopicId = topic.Id, PartitionResponses = [.. six.Select(index => new ProduceResponse.PartitionProduceResponse { Index = index, BaseOffset = 1 })] }],
        }, 13);
        Message("Fetch request, 6 partitions", Requests.Fetch(topic, 17, [0, 0, 0, 0, 0, 0]), 17);
        Message("Fetch response, 6 x 1 MiB of a file", new FetchResponse
        {
            Responses =
            [
                new()
                {
                    TopicId = topic.Id,
                    Partitions = [.. six.Select(index => new FetchResponse.PartitionData { PartitionIndex = index, HighWatermark = 1, Records = new RecordsData(new Elsewhere(1 << 20)) })],
                },
            ],
        }, 17);
        Message("Metadata response, 100 topics of 6", new MetadataResponse
        {
            Brokers = [new() { NodeId = 1, Host = "localhost", Port = 9092 }],
            Topics = [.. Enumerable.Range(0, 100).Select(number => new MetadataResponse.MetadataResponseTopic
            {
                Name = $"topic-{number}",
                TopicId = Guid.NewGuid(),
                Partitions = [.. six.Select(index => new MetadataResponse.MetadataResponsePartition { PartitionIndex = index, LeaderId = 1, ReplicaNodes = [1], IsrNodes = [1] })],
            })],
        }, 13);
    }

    private static void Message<T>(string name, T message, short version)
        where T : IApiMessage<T>
    {
        var bytes = WireWriter.ToArray(message, version);
        Report($"{name}: encode", 0, () =>
        {
            using var writer = new WireWriter();
            message.Write(writer, version);
        });
        Report($"{name}: decode", 0, () =>
        {
            var reader = new WireReader(bytes);
            T.Read(ref reader, version);
        });
    }

    private static void Checksums()
    {
        var random = new Random(1);
        foreach (var size in (int[])[1 << 10, 64 << 10, 1 << 20])
        {
            var data = new byte[size];
            random.NextBytes(data);
            Report($"CRC-32C of {size >> 10} KiB", size, () => Crc32C.Compute(data));
        }

        var batch = Requests.Batch();
        var (config, partition) = (new LogConfig(), new TopicPartition("load", 0));
        Report("check of a 64 KiB batch of 63 records", batch.Length, () =>
        {
            using var valid = RecordBatchValidator.Validate(batch, config, partition, TimestampMs.Of(DateTimeOffset.UtcNow));
            if (valid.Error != ErrorCode.None) throw new InvalidOperationException($"{valid.Error}: {valid.Message}");
        });
    }

    /// <summary>Payments as JSON, 64 KiB of them.</summary>
    private static void Compression()
    {
        var random = new Random(1);
        var text = new StringBuilder();
        while (text.Length < 64 << 10)
        {
            text.Append(CultureInfo.InvariantCulture, $"{{\"id\":\"{random.NextInt64():x16}\",\"from\":\"account-{random.Next(10_000)}\",\"to\":\"account-{random.Next(10_000)}\",");
            text.Append(CultureInfo.InvariantCulture, $"\"amount\":{random.Next(1_000_000) / 100.0},\"currency\":\"EUR\",\"time\":{1_700_000_000_000 + random.Next()}}}\n");
        }

        var data = Encoding.ASCII.GetBytes(text.ToString());
        foreach (var codec in (CompressionCodec[])[CompressionCodec.Gzip, CompressionCodec.Snappy, CompressionCodec.Lz4, CompressionCodec.Zstd])
        {
            using var compressed = new PooledBuffer(data.Length);
            Codecs.Compress(codec, null, data, compressed);
            Console.WriteLine(FormattableString.Invariant($"{codec}: {(double)data.Length / compressed.Length:0.00} to 1"));
            Report($"{codec} compress", data.Length, () =>
            {
                using var output = new PooledBuffer(data.Length);
                Codecs.Compress(codec, null, data, output);
            });
            Report($"{codec} decompress", data.Length, () =>
            {
                var error = Codecs.Decompress(codec, compressed.Memory, 1 << 20, out var output);
                if (error != DecompressError.None) throw new InvalidOperationException($"{codec}: {error}");
                output!.Dispose();
            });
        }
    }

    /// <param name="name">What is done.</param>
    /// <param name="bytes">What it goes through each time; 0 where that says nothing.</param>
    /// <param name="once">Does it once.</param>
    private static void Report(string name, int bytes, Action once)
    {
        var (best, allocated) = (double.MaxValue, 0.0);
        for (var pass = 0; pass < 6; pass++)
        {
            var (cpu, before, times) = (CpuClock.Thread, GC.GetAllocatedBytesForCurrentThread(), 0);
            var start = cpu;
            while (cpu - start < PassNanoseconds)
            {
                for (var each = 0; each < 16; each++) once();
                times += 16;
                cpu = CpuClock.Thread;
            }

            allocated = (double)(GC.GetAllocatedBytesForCurrentThread() - before) / times;
            // The first pass is compiled on the way.
            if (pass > 0) best = Math.Min(best, (double)(cpu - start) / times);
        }

        var speed = bytes == 0 ? "" : FormattableString.Invariant($", {bytes / best * 1000:0} MB/s");
        Console.WriteLine(FormattableString.Invariant($"{name,-46} {best / 1000,8:0.00} us, {allocated:0} bytes allocated{speed}"));
    }

    /// <summary>Stands for records in a file, which the transport sends.</summary>
    private sealed class Elsewhere(int length) : RecordsSource
    {
        public override int Length => length;

        public override void CopyTo(int position, Span<byte> destination) => destination.Clear();
    }
}
