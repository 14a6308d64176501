using System.CommandLine;
using System.Runtime.InteropServices;
using StreamActors.Cluster;
using StreamActors.Configuration.Hocon;

namespace StreamActors.Commands;

/// <summary>A command that talks to a broker.</summary>
internal abstract class ClientCommand : Command
{
    private readonly Option<string> _bootstrapServer = new("--bootstrap-server", "-b")
    {
        Description = "A broker of the cluster; several with commas between them.",
        HelpName = "HOST:PORT",
        DefaultValueFactory = _ => "localhost:9092",
    };

    private readonly Option<string> _timeout = new("--timeout")
    {
        Description = "How long to wait for an answer.",
        HelpName = "DURATION",
        DefaultValueFactory = _ => "30s",
    };

    protected ClientCommand(string name, string description, CommandContext context)
        : base(name, description)
    {
        Context = context;
        _bootstrapServer.Check(text => Servers(text).Select(server => IsHostAndPort(server) ? null : $"--bootstrap-server must be HOST:PORT, not '{server}'"));
        _timeout.Check(text => [HoconUnits.TryDuration(text, out var timeout) && timeout > TimeSpan.Zero ? null : $"--timeout must be {HoconUnits.Durations}"]);
        Add(_bootstrapServer);
        Add(_timeout);
        SetAction(RunAsync);
    }

    protected CommandContext Context { get; }

    /// <returns>The exit code.</returns>
    protected abstract Task<int> ExecuteAsync(ParseResult arguments, CancellationToken cancellation);

    /// <summary>host:port each, at least one.</summary>
    protected string[] BootstrapServers(ParseResult arguments) => Servers(arguments.GetValue(_bootstrapServer));

    protected TimeSpan Timeout(ParseResult arguments) =>
        HoconUnits.TryDuration(arguments.GetValue(_timeout)!, out var timeout) ? timeout : TimeSpan.FromSeconds(30);

    /// <summary>Stands where the client library will be called.</summary>
    protected Task<int> WithoutClientAsync()
    {
        Context.WriteError($"{Name} needs the client library, which this build does not have");
        return Task.FromResult((int)ExitCode.Failed);
    }

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            signal.Cancel = true;
            stop.Cancel();
        });
        try
        {
            return await ExecuteAsync(arguments, stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return (int)ExitCode.Interrupted;
        }
    }

    private static string[] Servers(string? text) => (text ?? "").Split(',', StringSplitOptions.TrimEntries);

    private static bool IsHostAndPort(string server)
    {
        var colon = server.LastIndexOf(':');
        return colon > 0 && ushort.TryParse(server.AsSpan(colon + 1), out var port) && port > 0;
    }
}
