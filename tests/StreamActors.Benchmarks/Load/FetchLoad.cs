using StreamActors.Benchmarks.Servers;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Records;
using StreamActors.Protocol.Wire;

namespace StreamActors.Benchmarks.Load;

/// <summary>One consumer: fetches from all partitions, one request under way, and looks at the headers of the batches only.</summary>
internal static class FetchLoad
{
    /// <param name="bytes">What there is to read; it ends when it has all of it.</param>
    public static async Task<long> RunAsync(ServerProcess server, BrokerClient client, TopicTarget topic, long bytes)
    {
        var version = client.Version(ApiKey.Fetch);
        using var stream = await FrameStream.ConnectAsync(server.Port);
        var offsets = Enumerable.Repeat<long?>(0, topic.Partitions).ToArray();
        var read = 0L;
        var correlation = 0;
        while (read < bytes)
        {
            using (var frame = RequestFrame.Create(version, ++correlation, "load", Requests.Fetch(topic, version, offsets))) await stream.SendAsync(frame.Memory);
            read += Take(await stream.ReceiveAsync(), version, offsets);
        }

        return read;
    }

    private static long Take(ReadOnlyMemory<byte> frame, short version, long?[] offsets)
    {
        var reader = new WireReader(frame);
        FrameHeaders.ReadResponseHeader(ref reader, ApiKey.Fetch, version);
        var response = FetchResponse.Read(ref reader, version);
        if (response.ErrorCode != 0) throw new InvalidOperationException($"Fetch: {(ErrorCode)response.ErrorCode}");
        var read = 0L;
        foreach (var partition in response.Responses.SelectMany(topic => topic.Partitions))
        {
            if (partition.ErrorCode != 0) throw new InvalidOperationException($"Partition {partition.PartitionIndex}: {(ErrorCode)partition.ErrorCode}");
            var rest = partition.Records.Memory.Span;
            while (RecordBatchReader.Check(rest, out var size) == BatchError.None)
            {
                offsets[partition.PartitionIndex] = new RecordBatchHeader(rest).NextOffset;
                read += size;
                rest = rest[size..];
            }

            if (offsets[partition.PartitionIndex] == partition.HighWatermark) offsets[partition.PartitionIndex] = null;
        }

        return read;
    }
}
