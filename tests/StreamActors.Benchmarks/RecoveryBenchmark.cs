using System.Diagnostics;
using StreamActors.Benchmarks.Load;
using StreamActors.Benchmarks.Measuring;
using StreamActors.Benchmarks.Servers;

namespace StreamActors.Benchmarks;

/// <summary>A node that is killed while its partitions have data that no checkpoint knows of: until every one of them has taken a record again.</summary>
internal static class RecoveryBenchmark
{
    private const int Batches = 8;
    private const int Clients = 4;

    public static async Task<int> RunAsync(Options options)
    {
        var count = options.Int("count", 2000);
        using var folder = new TempFolder();
        TopicTarget topic;
        var batch = Requests.Batch();
        await using (var server = ServerProcess.StartOurs(options, folder.Path))
        {
            using var client = await BrokerClient.ConnectAsync(server);
            topic = await client.CreateTopicAsync("killed", count);
            await client.UntilLedAsync(topic);
            for (var each = 0; each < Batches; each++) await EachAsync([client], topic, batch);
            await server.KillAsync();
        }

        await using var again = ServerProcess.StartOurs(options, folder.Path);
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => BrokerClient.ConnectAsync(again)));
        await EachAsync(clients, topic, Requests.TinyBatch());
        Console.WriteLine(FormattableString.Invariant(
            $"{count} partitions with {(long)count * Batches * batch.Length / 1e6:0} MB, killed: all have taken a record {Stopwatch.GetElapsedTime(again.StartedAt).TotalSeconds:0.0} s after the start, {again.CpuSeconds:0.0} s of CPU (budget 30 s)"));
        foreach (var client in clients) client.Dispose();
        return 0;
    }

    private static Task EachAsync(BrokerClient[] clients, TopicTarget topic, byte[] batch) =>
        Task.WhenAll(clients.Select(async (client, index) =>
        {
            for (var partition = index; partition < topic.Partitions; partition += clients.Length) await client.ProduceAsync(topic, partition, batch);
        }));
}
