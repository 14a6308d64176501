using System.Net;
using StreamActors.Protocol;
using StreamActors.Protocol.Transport;

namespace StreamActors.Gateway.Connection;

/// <summary>What is known of a client's connection, and lasts as long as it does.</summary>
public sealed class ConnectionContext(long id, string listener, ITransportConnection transport)
{
    private readonly CancellationTokenSource closed = new();

    /// <summary>Counts the node's connections.</summary>
    public long Id { get; } = id;

    /// <summary>The name of the listener, as in <c>listeners</c>.</summary>
    public string Listener { get; } = listener;

    public EndPoint? RemoteEndPoint { get; } = transport.RemoteEndPoint;

    public bool IsEncrypted { get; } = transport.IsEncrypted;

    /// <summary>The client's address as group members and quotas show it.</summary>
    public string ClientHost => RemoteEndPoint switch
    {
        IPEndPoint { Address: { IsIPv4MappedToIPv6: true } mapped } => "/" + mapped.MapToIPv4(),
        IPEndPoint ip => "/" + ip.Address,
        DnsEndPoint dns => "/" + dns.Host,
        _ => "/unknown",
    };

    /// <summary>What the client called itself in ApiVersions (KIP-511).</summary>
    public string ClientSoftwareName { get; set; } = "unknown";

    public string ClientSoftwareVersion { get; set; } = "unknown";

    /// <summary>Cancelled when the connection is gone: whoever waits for this client may stop.</summary>
    public CancellationToken Closed => closed.Token;

    internal void MarkClosed() => closed.Cancel();
}

/// <summary>One request on its way through the gateway.</summary>
public sealed class RequestContext(ConnectionContext connection)
{
    public ConnectionContext Connection { get; } = connection;

    public ApiKey ApiKey { get; internal set; }

    public short ApiVersion { get; internal set; }

    public int CorrelationId { get; internal set; }

    /// <summary>What the client calls itself; empty where it does not say.</summary>
    public string ClientId { get; internal set; } = "";

    /// <summary>Set by <see cref="AllowNext"/>.</summary>
    public bool NextAllowed { get; private set; }

    /// <summary>Set by <see cref="Close"/>.</summary>
    public CloseReason? CloseReason { get; private set; }

    /// <summary>
    /// Lets the connection go on with its next request before this one is answered; answers keep their order. It counts
    /// only before the processor's first wait.
    /// </summary>
    public void AllowNext() => NextAllowed = true;

    /// <summary>Closes the connection after this request's answer, if there is one, was sent.</summary>
    public void Close(CloseReason reason) => CloseReason ??= reason;
}
