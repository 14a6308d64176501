using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using StreamActors.Client.Admin;
using StreamActors.Client.Connections;
using StreamActors.Client.Errors;

namespace StreamActors.Client.Tests.Kafka;

/// <summary>A test against the reference Kafka; skipped where that or Java is not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KafkaFactAttribute : FactAttribute
{
    public KafkaFactAttribute()
    {
        if (KafkaServer.Launcher is null) Skip = "skipped: no ../shared/kafka";
        else if (!KafkaServer.HasJava) Skip = "skipped: no java on the PATH";
    }
}

/// <summary>One reference broker for all tests of the class, on a free loopback port, in a folder that is deleted.</summary>
public sealed class KafkaServer : IAsyncLifetime
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), $"streamactors-client-{Guid.NewGuid():n}");
    private readonly Queue<string> said = new();
    private Process? process;

    public static string? Launcher { get; } = FindLauncher();

    public static bool HasJava { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(dir => File.Exists(Path.Combine(dir, "java")));

    public KafkaClientOptions Options { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (Launcher is null || !HasJava) return;
        var port = FreePort();
        process = Process.Start(new ProcessStartInfo(Launcher, ["server", folder, $"{port}", "auto.create.topics.enable=false", "group.initial.rebalance.delay.ms=0"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["KAFKA_JVM_OPTS"] = "-Xmx300m -XX:TieredStopAtLevel=1" },
        })!;
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Options = new KafkaClientOptions { BootstrapServers = [new BrokerAddress("127.0.0.1", port)], ApiTimeout = TimeSpan.FromSeconds(60) };

        await using var admin = new KafkaAdmin(Options);
        var deadline = DateTime.UtcNow.AddSeconds(300);
        while (true)
        {
            try
            {
                await admin.DescribeClusterAsync();
                return;
            }
            catch (KafkaException e)
            {
                if (DateTime.UtcNow < deadline && !process.HasExited) continue;
                lock (said) throw new InvalidOperationException($"The reference broker did not start. It said:\n{string.Join('\n', said)}", e);
            }
        }
    }

    public async Task DisposeAsync()
    {
        if (process is not null)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }

        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    /// <summary>Keeps the last lines, for the message where it does not start.</summary>
    private void Note(string? line)
    {
        if (line is null) return;
        lock (said)
        {
            said.Enqueue(line);
            if (said.Count > 20) said.Dequeue();
        }
    }

    /// <summary>What was asked for may take a moment until every part of the broker knows it: asks again, for a hundred seconds at most.</summary>
    public static async Task<T> Eventually<T>(Func<Task<T>> ask, Func<T, bool> isIt)
    {
        var deadline = DateTime.UtcNow.AddSeconds(100);
        while (true)
        {
            var answer = await ask();
            if (isIt(answer) || DateTime.UtcNow > deadline) return answer;
        }
    }

    /// <summary>A port below those that the system gives out by itself; the controller takes the one ten thousand above.</summary>
    private static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(12_000, 20_000);
            if (IsFree(port) && IsFree(port + 10_000)) return port;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static string? FindLauncher()
    {
        for (var dir = new DirectoryInfo(AppContext.BaseDirectory); dir is not null; dir = dir.Parent)
        {
            var launcher = Path.Combine(dir.FullName, "shared", "kafka", "kafka");
            if (File.Exists(launcher)) return launcher;
        }

        return null;
    }
}
