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
<<<<<<< ours
            RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["KAFKA_JVM_OPTS"] = "-Xmx300m -XX:TieredStopAtLevel=1" },
=======
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["KAFKA_JVM_OPTS"] = "-Xmx300m -XX:TieredStopAtLevel=1" },
>>>>>>> theirs
        })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Options = new KafkaClientOptions { BootstrapServers = [new BrokerAddress("127.0.0.1", port)], ApiTimeout = TimeSpan.FromSeconds(5) };

        await using var admin = new KafkaAdmin(Options with { ApiTimeout = TimeSpan.FromSeconds(60) });
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (true)
        {
            try
            {
                await admin.DescribeClusterAsync();
                return;
            }
            catch (KafkaException) when (DateTime.UtcNow < deadline && !process.HasExited)
            {
                continue;
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

    private static int FreePort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
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
