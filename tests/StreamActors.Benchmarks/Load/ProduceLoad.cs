using StreamActors.Benchmarks.Servers;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Benchmarks.Load;

/// <summary>One producer: the same request over and over, a batch for each partition, five under way.</summary>
internal static class ProduceLoad
{
    private const int InFlight = 5;

    /// <returns>The bytes of the batches that were acknowledged.</returns>
    public static async Task<long> RunAsync(ServerProcess server, BrokerClient client, TopicTarget topic, byte[] batch, long bytes)
    {
        var version = client.Version(ApiKey.Produce);
        var batches = Enumerable.Range(0, topic.Partitions).Select(partition => (partition, new RecordsData(batch)));
        using var frame = RequestFrame.Create(version, 1, "load", Requests.Produce(topic, version, batches));
        var bytesPerRequest = (long)batch.Length * topic.Partitions;
        var requests = (int)(bytes / bytesPerRequest);
        using var stream = await FrameStream.ConnectAsync(server.Port);
        using var free = new SemaphoreSlim(InFlight);
        var answers = ReceiveAsync(stream, version, requests, free);
        for (var sent = 0; sent < requests && !answers.IsFaulted; sent++)
        {
            await free.WaitAsync();
            await stream.SendAsync(frame.Memory);
        }

        await answers;
        return requests * bytesPerRequest;
    }

    private static async Task ReceiveAsync(FrameStream stream, short version, int requests, SemaphoreSlim free)
    {
        try
        {
            for (var answered = 0; answered < requests; answered++)
            {
                Check(await stream.ReceiveAsync(), version);
                free.Release();
            }
        }
        catch
        {
            free.Release();
            throw;
        }
    }

    private static void Check(ReadOnlyMemory<byte> frame, short version)
    {
        var reader = new WireReader(frame);
        FrameHeaders.ReadResponseHeader(ref reader, ApiKey.Produce, version);
        foreach (var partition in ProduceResponse.Read(ref reader, version).Responses[0].PartitionResponses)
        {
            if (partition.ErrorCode != 0) throw new InvalidOperationException($"Partition {partition.Index}: {(ErrorCode)partition.ErrorCode}");
        }
    }
}
