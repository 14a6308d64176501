using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamActors.Cluster;

namespace StreamActors.Hosting;

/// <summary>
/// Ends the process for what cannot be mended in place. It stops in order if it can; if that takes too long it is cut off,
/// and the next start recovers.
/// </summary>
internal sealed partial class ServerFate(IHostApplicationLifetime lifetime, ILogger<ServerFate> logger) : INodeFate, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Lock gate = new();
    private ExitCode? code;
    private Timer? cutOff;

    /// <summary>With what the process ends; null while nobody has called for its end.</summary>
    public ExitCode? Code
    {
        get { lock (gate) return code; }
    }

    public bool IsStopping => Code is not null || lifetime.ApplicationStopping.IsCancellationRequested;

    public void End(ExitCode code, string reason)
    {
        lock (gate)
        {
            if (this.code is not null) return;
            this.code = code;
            cutOff = new Timer(static state => Environment.Exit((int)state!), (int)code, Patience, Timeout.InfiniteTimeSpan);
        }

        Ending(logger, reason, code, (int)code);
        lifetime.StopApplication();
    }

    public void Dispose() => cutOff?.Dispose();

    [LoggerMessage(EventId = 1, Level = LogLevel.Critical, Message = "{Reason} This node ends: {Code} ({Number}).")]
    private static partial void Ending(ILogger logger, string reason, ExitCode code, int number);
}
