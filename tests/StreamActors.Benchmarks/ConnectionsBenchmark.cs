using System.Diagnostics;
using System.Net.Sockets;
using StreamActors.Benchmarks.Measuring;
using StreamActors.Benchmarks.Servers;

namespace StreamActors.Benchmarks;

/// <summary>Connections that have sent one request and then nothing: what they cost a node in memory and CPU.</summary>
internal static class ConnectionsBenchmark
{
    /// <summary>ApiVersions, version 0, correlation 1, client "idle".</summary>
    private static readonly byte[] Request = [0, 0, 0, 14, 0, 18, 0, 0, 0, 0, 0, 1, 0, 4, .. "idle"u8];

    public static async Task<int> RunAsync(Options options)
    {
        var count = options.Int("count", 10_000);
        using var folder = new TempFolder();
        await using var server = ServerProcess.StartOurs(options, folder.Path);
        using (await BrokerClient.ConnectAsync(server))
        {
            // It is up.
        }

        List<Socket> sockets = [];
        for (var warm = 0; warm < 100; warm++) sockets.Add(await ConnectAsync(server.Port));
        await Task.Delay(TimeSpan.FromSeconds(6));
        var before = server.ResidentBytes;
        var start = Stopwatch.GetTimestamp();
        for (var each = 0; each < count; each++) sockets.Add(await ConnectAsync(server.Port));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        await Task.Delay(TimeSpan.FromSeconds(5));
        var (cpu, idle) = (server.CpuSeconds, Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(10));
        var share = (server.CpuSeconds - cpu) / Stopwatch.GetElapsedTime(idle).TotalSeconds;
        var resident = server.ResidentBytes;
        start = Stopwatch.GetTimestamp();
        await ExchangeAsync(sockets[^1]);
        Console.WriteLine(FormattableString.Invariant(
            $"{count} idle connections: made in {seconds:0.0} s; resident {resident / 1e6:0} MB, was {before / 1e6:0} MB: {(resident - before) / 1024.0 / count:0.0} KiB each; {100 * share:0.0} % of a core; the last one is answered in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0.0} ms"));
        sockets.ForEach(socket => socket.Dispose());
        return 0;
    }

    private static async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(BrokerClient.Host, port);
        await ExchangeAsync(socket);
        return socket;
    }

    private static async Task ExchangeAsync(Socket socket)
    {
        await socket.SendAsync(Request);
        if (await socket.ReceiveAsync(new byte[4096]) == 0) throw new IOException("The server closed an idle connection.");
    }
}
