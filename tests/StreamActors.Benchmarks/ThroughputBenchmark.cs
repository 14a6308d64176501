using System.Diagnostics;
using StreamActors.Benchmarks.Load;
using StreamActors.Benchmarks.Measuring;
using StreamActors.Benchmarks.Servers;

namespace StreamActors.Benchmarks;

/// <summary>
/// One client produces 1 KiB records in 64 KiB batches (acks=1, not idempotent, not compressed) and consumes them again, by turns
/// against ours and the reference, both running. The first round warms up and does not count.
/// </summary>
internal static class ThroughputBenchmark
{
    private static readonly int[] PartitionCounts = [1, 6];

    public static async Task<int> RunAsync(Options options)
    {
        using var ourFolder = new TempFolder();
        using var theirFolder = new TempFolder();
        await using var ours = ServerProcess.StartOurs(options, ourFolder.Path);
        await using var theirs = ServerProcess.StartReference(theirFolder.Path);
        if (theirs is null) Console.WriteLine("reference: skipped, there is no ../shared/kafka");
        ServerProcess[] servers = theirs is null ? [ours] : [ours, theirs];
        var results = new Dictionary<(string Server, int Partitions, string Direction), Figures>();
        var bytes = (long)options.Int("mib", 1024) << 20;
        for (var round = 0; round <= options.Int("rounds", 3); round++)
        {
            foreach (var partitions in PartitionCounts)
            {
                foreach (var server in servers) await RoundAsync(server, round, partitions, round == 0 ? bytes / 4 : bytes, results);
            }
        }

        Report(results, theirs is not null);
        return 0;
    }

    private static async Task RoundAsync(
        ServerProcess server, int round, int partitions, long bytes, Dictionary<(string Server, int Partitions, string Direction), Figures> results)
    {
        using var client = await BrokerClient.ConnectAsync(server);
        var topic = await client.CreateTopicAsync($"load-{round}-{partitions}", partitions);
        await client.UntilLedAsync(topic);
        // A broker may say that it leads a moment before it takes records.
        for (var partition = 0; partition < partitions; partition++) await client.ProduceAsync(topic, partition, Requests.TinyBatch());
        var batch = Requests.Batch();
        var written = await MeasureAsync("produce", () => ProduceLoad.RunAsync(server, client, topic, batch, bytes));
        await MeasureAsync("consume", () => FetchLoad.RunAsync(server, client, topic, written));
        await client.DeleteTopicAsync(topic);

        async Task<long> MeasureAsync(string direction, Func<Task<long>> load)
        {
            var (cpu, own, start) = (server.CpuSeconds, CpuClock.Process, Stopwatch.GetTimestamp());
            var moved = await load();
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var (serverCpu, clientCpu) = (server.CpuSeconds - cpu, (CpuClock.Process - own).TotalSeconds);
            Console.WriteLine(FormattableString.Invariant(
                $"round {round}  {server.Name,-12}  {partitions} partition(s)  {direction}  {moved / 1e6 / seconds,7:0} MB/s  server {serverCpu / moved * 1e9:0.00} CPU s/GB  client {clientCpu / moved * 1e9:0.00}"));
            if (round == 0) return moved;
            if (!results.TryGetValue((server.Name, partitions, direction), out var figures)) results[(server.Name, partitions, direction)] = figures = new Figures();
            figures.Speed.Add(moved / 1e6 / seconds);
            figures.Cpu.Add(serverCpu / moved * 1e9);
            return moved;
        }
    }

    private static void Report(Dictionary<(string Server, int Partitions, string Direction), Figures> results, bool hasReference)
    {
        foreach (var ((server, partitions, direction), figures) in results)
            Console.WriteLine($"{server,-12}  {partitions} partition(s)  {direction}  {figures.Speed.Text("0")} MB/s  {figures.Cpu.Text("0.00")} server CPU s/GB");
        if (!hasReference) return;
        foreach (var ((_, partitions, direction), ours) in results.Where(entry => entry.Key.Server == "streamactors"))
        {
            var theirs = results[("reference", partitions, direction)];
            Console.WriteLine(FormattableString.Invariant(
                $"ours : reference  {partitions} partition(s)  {direction}  speed {ours.Speed.Median / theirs.Speed.Median:0.00}, server CPU per byte {ours.Cpu.Median / theirs.Cpu.Median:0.00}"));
        }
    }

    private sealed class Figures
    {
        public Sample Speed { get; } = new();

        public Sample Cpu { get; } = new();
    }
}
