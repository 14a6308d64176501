using System.Net;
using System.Net.Sockets;

namespace StreamActors.Protocol.Transport;

/// <summary>Plain TCP.</summary>
/// <param name="backlog">How many connections the system holds that were not accepted yet (<c>socket.listen.backlog.size</c>).</param>
public sealed class SocketTransport(int backlog = 512) : ITransport
{
    public async ValueTask<ITransportListener> ListenAsync(string host, int port, CancellationToken cancellationToken = default)
    {
        var sockets = await SocketAddresses.BindAsync(host, port, backlog, cancellationToken);
        return new SocketListener(sockets, static socket => new PlainSocketConnection(socket));
    }

    public async ValueTask<ITransportConnection> ConnectAsync(string host, int port, CancellationToken cancellationToken = default) =>
        new PlainSocketConnection(await SocketAddresses.ConnectAsync(host, port, cancellationToken));
}

/// <summary>What a host name means when it is bound or connected to.</summary>
internal static class SocketAddresses
{
    /// <summary>
    /// Empty or <c>*</c>: every address of both families. <c>localhost</c>: 127.0.0.1, and ::1 where IPv6 is there. Else
    /// an address, or the addresses that the name stands for. All on the same port.
    /// </summary>
    public static async ValueTask<Socket[]> BindAsync(string host, int port, int backlog, CancellationToken cancellationToken)
    {
        if (host.Length == 0 || host == "*")
        {
            return [Socket.OSSupportsIPv6 ? Bind(IPAddress.IPv6Any, port, backlog, dualMode: true) : Bind(IPAddress.Any, port, backlog, dualMode: false)];
        }

        var isLocalhost = string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase);
        IPAddress[] addresses = isLocalhost ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
            : IPAddress.TryParse(host, out var address) ? [address]
            : [.. (await Dns.GetHostAddressesAsync(host, cancellationToken)).Distinct()];

        var sockets = new List<Socket>(addresses.Length);
        try
        {
            foreach (var each in addresses)
            {
                try
                {
                    var socket = Bind(each, port, backlog, dualMode: false);
                    sockets.Add(socket);
                    port = ((IPEndPoint)socket.LocalEndPoint!).Port;
                }
                catch (SocketException) when (isLocalhost && each.AddressFamily == AddressFamily.InterNetworkV6)
                {
                    // A machine without IPv6, or somebody else on [::1]: 127.0.0.1 is what localhost promises.
                }
            }

            return [.. sockets];
        }
        catch
        {
            sockets.ForEach(socket => socket.Dispose());
            throw;
        }
    }

    public static async ValueTask<Socket> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Socket Bind(IPAddress address, int port, int backlog, bool dualMode)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.AddressFamily == AddressFamily.InterNetworkV6) socket.DualMode = dualMode;
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>Accepts from all sockets of a bound name.</summary>
internal sealed class SocketListener(Socket[] sockets, Func<Socket, ITransportConnection> wrap) : ITransportListener
{
    private readonly Task<Socket>?[] accepts = new Task<Socket>?[sockets.Length];
    private bool disposed;

    public int Port { get; } = ((IPEndPoint)sockets[0].LocalEndPoint!).Port;

    public IReadOnlyList<EndPoint> EndPoints { get; } = Array.ConvertAll(sockets, socket => socket.LocalEndPoint!);

    public async ValueTask<ITransportConnection> AcceptAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        for (var i = 0; i < sockets.Length; i++) accepts[i] ??= sockets[i].AcceptAsync();
        var ready = await Task.WhenAny(accepts!).WaitAsync(cancellationToken);
        accepts[Array.IndexOf(accepts, ready)] = null;
        try
        {
            return wrap(await ready);
        }
        catch (SocketException e) when (disposed)
        {
            throw new ObjectDisposedException(nameof(SocketListener), e);
        }
    }

    public ValueTask DisposeAsync()
    {
        disposed = true;
        foreach (var socket in sockets) socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
