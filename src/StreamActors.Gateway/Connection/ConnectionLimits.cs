using System.Net;

namespace StreamActors.Gateway.Connection;

/// <summary>The sizes and deadlines by which a connection is kept or closed. docs/design/connections.md says why each is there.</summary>
public sealed record ConnectionLimits
{
    /// <summary>The largest request frame, without its length prefix: <c>socket.request.max.bytes</c>.</summary>
    public int MaxFrameBytes { get; init; } = 100 * 1024 * 1024;

    /// <summary>The largest first frame: whoever starts with more has not spoken Kafka yet.</summary>
    public int MaxFirstFrameBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>
    /// Memory of all request frames of the node together: <c>queued.max.request.bytes</c>. Half of it is for frames up to
    /// 1 MiB, half for larger ones. Where it is used up, reading pauses.
    /// </summary>
    public long RequestMemoryBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Requests of one connection that were read and not answered yet; beyond it, the connection is not read.</summary>
    public int MaxInFlightRequests { get; init; } = 128;

    /// <summary>The bytes of those requests and of the answers that the client has not taken; at least one request is always let in.</summary>
    public long MaxInFlightBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>How long the TLS handshake may take.</summary>
    public TimeSpan OpenDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection may say nothing between requests: <c>connections.max.idle.ms</c>.</summary>
    public TimeSpan IdleDeadline { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A frame that has begun must bring bytes at least this often ...</summary>
    public TimeSpan FrameStallDeadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>... and, after that time, this many bytes a second on average.</summary>
    public int FrameMinBytesPerSecond { get; init; } = 4096;

    /// <summary>How long a client may take no byte of an answer. As long as idleness: a consumer may be busy with what it has.</summary>
    public TimeSpan SendStallDeadline { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>All connections of the node: <c>max.connections</c>.</summary>
    public int MaxConnections { get; init; } = int.MaxValue;

    /// <summary>Connections from one address: <c>max.connections.per.ip</c>.</summary>
    public int MaxConnectionsPerIp { get; init; } = int.MaxValue;

    /// <summary>Other numbers for some addresses: <c>max.connections.per.ip.overrides</c>.</summary>
    public IReadOnlyDictionary<IPAddress, int> MaxConnectionsPerIpOverrides { get; init; } = new Dictionary<IPAddress, int>();

    /// <summary>How long a stop waits for requests that are being answered.</summary>
    public TimeSpan DrainDeadline { get; init; } = TimeSpan.FromSeconds(10);
}
