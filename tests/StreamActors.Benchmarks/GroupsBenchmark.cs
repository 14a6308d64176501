using System.Diagnostics;
using StreamActors.Benchmarks.Load;
using StreamActors.Benchmarks.Measuring;
using StreamActors.Benchmarks.Servers;
using StreamActors.Client;
using StreamActors.Client.Connections;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Benchmarks;

/// <summary>Consumer groups of the new protocol: many small ones that do nothing but heartbeat, and a large one that converges; beside the reference where it is.</summary>
internal static class GroupsBenchmark
{
    private const int Connections = 32;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    public static async Task<int> RunAsync(Options options)
    {
        var (groups, members) = (options.Int("groups", 2000), options.Int("members", 5));
        var large = options.Int("large", 1000);
        var seconds = options.Int("seconds", 30);
        for (var round = 1; round <= options.Int("rounds", 1); round++)
        {
            foreach (var isOurs in (bool[])[true, false])
            {
                using var folder = new TempFolder();
                await using var server = isOurs ? ServerProcess.StartOurs(options, folder.Path) : ServerProcess.StartReference(folder.Path);
                if (server is null)
                {
                    Console.WriteLine("There is no ../shared/kafka to compare with.");
                    continue;
                }

                using var client = await BrokerClient.ConnectAsync(server);
                var small = await client.CreateTopicAsync("small", members);
                await client.UntilLedAsync(small);
                await MeasureAsync(server, $"{groups} groups of {members}", small, groups, members, seconds);
                var wide = await client.CreateTopicAsync("large", large);
                await client.UntilLedAsync(wide);
                await MeasureAsync(server, $"one group of {large} over {large} partitions", wide, 1, large, seconds);
            }
        }

        return 0;
    }

    private static async Task MeasureAsync(ServerProcess server, string what, TopicTarget topic, int groups, int members, int seconds)
    {
        var connections = await ConnectAsync(server);
        using var stopping = new CancellationTokenSource();
        var resident = server.ResidentBytes;
        var cpu = server.CpuSeconds;
        var start = Stopwatch.GetTimestamp();
        List<BenchmarkMember> all = [];
        for (var member = 0; member < members; member++)
        {
            for (var group = 0; group < groups; group++) all.Add(new BenchmarkMember(connections[all.Count % connections.Count], $"{topic.Name}-{group}", topic.Name));
        }

        var running = all.ConvertAll(member => member.RunAsync(stopping.Token));
        // Each has one partition when it is through.
        while (all.Exists(member => member.Owned != 1) && Stopwatch.GetElapsedTime(start) < Patience) await Task.Delay(50);
        var converged = Stopwatch.GetElapsedTime(start);
        var missing = all.Count(member => member.Owned != 1);
        var (cpuOfConverging, heartbeats) = (server.CpuSeconds - cpu, all.Sum(member => member.Heartbeats));

        await Task.Delay(TimeSpan.FromSeconds(6));
        var (cpuBefore, before) = (server.CpuSeconds, all.Sum(member => member.Heartbeats));
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        var (steady, beats) = (server.CpuSeconds - cpuBefore, all.Sum(member => member.Heartbeats) - before);
        var now = server.ResidentBytes;
        await stopping.CancelAsync();
        await Task.WhenAll(running);
        connections.ForEach(connection => connection.Dispose());
        Console.WriteLine(FormattableString.Invariant(
            $"{server.Name}: {what}: {(missing == 0 ? "converged" : $"{missing} members NOT converged")} after {converged.TotalSeconds:0.0} s, {heartbeats} heartbeats, {cpuOfConverging:0.0} s of CPU; then {beats} heartbeats in {seconds} s at {1e6 * steady / Math.Max(beats, 1):0} us of CPU each; resident {now / 1e6:0} MB, was {resident / 1e6:0} MB"));
    }

    private static async Task<List<KafkaClientConnection>> ConnectAsync(ServerProcess server)
    {
        var address = new BrokerAddress(BrokerClient.Host, server.Port);
        var options = new KafkaClientOptions { BootstrapServers = [address], RequestTimeout = TimeSpan.FromSeconds(60) };
        var connections = new List<KafkaClientConnection>();
        for (var count = 0; count < Connections; count++) connections.Add(await Handshake.OpenAsync(address, options));
        await UntilCoordinatedAsync(connections[0]);
        return connections;
    }

    /// <summary>The first who looks for a coordinator has its topic made.</summary>
    private static async Task UntilCoordinatedAsync(KafkaClientConnection connection)
    {
        while (true)
        {
            var found = await connection.SendAsync<FindCoordinatorResponse>(new FindCoordinatorRequest { KeyType = 0, CoordinatorKeys = ["any"] });
            if (found.Coordinators is [{ ErrorCode: (short)ErrorCode.None }]) return;
            await Task.Delay(100);
        }
    }
}
