using Microsoft.Extensions.Logging;

namespace StreamActors.Gateway.Connection;

/// <summary>What all connections of a node share.</summary>
public sealed class ConnectionServices(ConnectionLimits limits, TimeProvider time, ILogger logger)
{
    public ConnectionLimits Limits => limits;

    public TimeProvider Time => time;

    public ILogger Logger => logger;

    /// <summary>Memory of request frames.</summary>
    public FrameMemory Memory { get; } = new(limits.RequestMemoryBytes);
}
