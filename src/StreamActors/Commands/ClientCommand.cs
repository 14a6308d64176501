using System.CommandLine;
using System.Runtime.InteropServices;
using StreamActors.Client;
using StreamActors.Client.Connections;
using StreamActors.Client.Errors;
using StreamActors.Cluster;
using StreamActors.Configuration.Hocon;
using StreamActors.Protocol;

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

    /// <summary>The client as the options want it. No topic comes into being by the way.</summary>
    protected KafkaClientOptions ClientOptions(ParseResult arguments)
    {
        var timeout = Timeout(arguments);
        return new KafkaClientOptions
        {
            BootstrapServers = BrokerAddress.ParseList(arguments.GetValue(_bootstrapServer)!),
            ClientId = $"streamactors-{Name}",
            ApiTimeout = timeout,
            RequestTimeout = timeout,
            ConnectTimeout = timeout,
            AllowAutoTopicCreation = false,
        };
    }

    protected TimeSpan Timeout(ParseResult arguments) =>
        HoconUnits.TryDuration(arguments.GetValue(_timeout)!, out var timeout) ? timeout : TimeSpan.FromSeconds(30);

    /// <summary>Says what went wrong; the exit code that scripts tell it by.</summary>
    protected int Failed(KafkaException error)
    {
        Context.WriteError(error.Message);
        return (int)(error.Code is ErrorCode.NetworkException or ErrorCode.RequestTimedOut or ErrorCode.BrokerNotAvailable ? ExitCode.Unreachable : ExitCode.Failed);
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
        catch (KafkaException e)
        {
            return Failed(e);
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
