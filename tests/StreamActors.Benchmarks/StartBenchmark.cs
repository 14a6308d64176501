using System.Diagnostics;
using StreamActors.Benchmarks.Load;
using StreamActors.Benchmarks.Measuring;
using StreamActors.Benchmarks.Servers;

namespace StreamActors.Benchmarks;

/// <summary>
/// The published binary on an empty folder: from the start of the process to the first record that is acknowledged, by a client
/// that tries every 2 ms; then what a node costs that does nothing.
/// </summary>
internal static class StartBenchmark
{
    public static async Task<int> RunAsync(Options options)
    {
        var (connected, created, acknowledged, cpu) = (new Sample(), new Sample(), new Sample(), new Sample());
        for (var time = 0; time < options.Int("times", 5); time++)
        {
            using var folder = new TempFolder();
            await using var server = ServerProcess.StartOurs(options, folder.Path);
            using var client = await BrokerClient.ConnectAsync(server);
            connected.Add(Milliseconds(server));
            var topic = await client.CreateTopicAsync("first", 1);
            created.Add(Milliseconds(server));
            await client.ProduceAsync(topic, 0, Requests.TinyBatch());
            acknowledged.Add(Milliseconds(server));
            cpu.Add(1000 * server.CpuSeconds);
        }

        Console.WriteLine($"connected after          {connected.Text("0")} ms");
        Console.WriteLine($"topic created after      {created.Text("0")} ms");
        Console.WriteLine($"record acknowledged after {acknowledged.Text("0")} ms (budget 1000 ms)");
        Console.WriteLine($"CPU that it took          {cpu.Text("0")} ms");
        await IdleAsync(options, options.Int("idle", 10));
        return 0;
    }

    private static async Task IdleAsync(Options options, int seconds)
    {
        using var folder = new TempFolder();
        await using var server = ServerProcess.StartOurs(options, folder.Path);
        using (var client = await BrokerClient.ConnectAsync(server)) await client.CreateTopicAsync("first", 1);
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        var cpu = server.CpuSeconds;
        var start = Stopwatch.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        var share = (server.CpuSeconds - cpu) / Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine($"idle: {server.ResidentBytes / 1e6:0.0} MB resident (budget 110 MB), of these {server.AnonymousBytes / 1e6:0.0} MB its own and not pages of files, {100 * share:0.0} % of a core");
    }

    private static double Milliseconds(ServerProcess server) => Stopwatch.GetElapsedTime(server.StartedAt).TotalMilliseconds;
}
