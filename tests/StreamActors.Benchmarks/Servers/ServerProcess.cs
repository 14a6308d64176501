using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace StreamActors.Benchmarks.Servers;

/// <summary>A broker in a process of its own, on a free port of loopback.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private const int Terminate = 15;
    private const double TicksPerSecond = 100; // what Linux tells user space, whatever the kernel's own tick is
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static int nextPort = 19000 + (Environment.ProcessId % 1000);

    private readonly Process process;
    private readonly ConcurrentQueue<string> output = new();

    private ServerProcess(string name, int port, string file, IEnumerable<string> arguments)
    {
        Name = name;
        Port = port;
        StartedAt = Stopwatch.GetTimestamp();
        process = Process.Start(new ProcessStartInfo(file, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Name { get; }

    public int Port { get; }

    /// <summary>The stopwatch's time just before the process was made.</summary>
    public long StartedAt { get; }

    public bool HasExited => process.HasExited;

    /// <summary>What it said last, for an error's message.</summary>
    public string Output => string.Join(Environment.NewLine, output);

    /// <summary>User and system time of all its threads.</summary>
    public double CpuSeconds
    {
        get
        {
            var stat = File.ReadAllText($"/proc/{process.Id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
        }
    }

    public long ResidentBytes => Status("VmRSS:");

    /// <summary>The part of it that is not pages of files, such as the program's code, which other processes may share.</summary>
    public long AnonymousBytes => Status("RssAnon:");

    public static ServerProcess StartOurs(Options options, string data)
    {
        var port = FreePort();
        return new ServerProcess("streamactors", port, Binary(options), ["server", "--data", data, "--port", port.ToString(CultureInfo.InvariantCulture)]);
    }

    /// <summary>The reference Kafka; null where the folder is absent.</summary>
    public static ServerProcess? StartReference(string data)
    {
        if (Above("shared/kafka/kafka") is not { } script) return null;
        var port = FreePort();
        return new ServerProcess("reference", port, script, ["server", data, port.ToString(CultureInfo.InvariantCulture), "auto.create.topics.enable=false"]);
    }

    /// <summary>Ends it at once, as a crash does.</summary>
    public Task KillAsync()
    {
        process.Kill();
        return process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) _ = Kill(process.Id, Terminate);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private static string Binary(Options options) => options.Text("binary") ?? Above("artifacts/streamactors/streamactors")
        ?? throw new FileNotFoundException("There is no artifacts/streamactors/streamactors: run ./build, or name one with --binary PATH.");

    /// <summary>The nearest file of that name above this program.</summary>
    private static string? Above(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, name);
            if (File.Exists(path)) return path;
        }

        return null;
    }

    /// <summary>
    /// Below the ports that connections are given, so that none takes it meanwhile, and never the same again: a server that starts
    /// has not bound its own yet. The reference uses the one 10,000 above too.
    /// </summary>
    private static int FreePort()
    {
        while (true)
        {
            var port = nextPort++;
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }

    private long Status(string field)
    {
        var line = File.ReadLines($"/proc/{process.Id}/status").First(each => each.StartsWith(field, StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        output.Enqueue(line);
        if (output.Count > 40) output.TryDequeue(out _);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
