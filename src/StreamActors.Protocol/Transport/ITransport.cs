using System.Net;
using StreamActors.Protocol.Wire;

namespace StreamActors.Protocol.Transport;

/// <summary>
/// Where connections come from. The seam below the Kafka protocol: plain sockets, TLS, or memory. Continuations run in the
/// caller's synchronization context; an implementation adds no threads of its own.
/// </summary>
public interface ITransport
{
    /// <summary>
    /// Binds and listens. Port 0 takes a free one; see <see cref="ITransportListener.Port"/>. Fails with an
    /// <see cref="IOException"/> or a <see cref="System.Net.Sockets.SocketException"/> where the address cannot be had.
    /// </summary>
    ValueTask<ITransportListener> ListenAsync(string host, int port, CancellationToken cancellationToken = default);

    /// <summary>Connects; what comes back still has to be opened (<see cref="ITransportConnection.OpenAsync"/>).</summary>
    ValueTask<ITransportConnection> ConnectAsync(string host, int port, CancellationToken cancellationToken = default);
}

/// <summary>A bound address. Disposing it stops listening and ends a pending accept with <see cref="ObjectDisposedException"/>.</summary>
public interface ITransportListener : IAsyncDisposable
{
    int Port { get; }

    /// <summary>The addresses that are bound: two for <c>localhost</c> where IPv6 is there.</summary>
    IReadOnlyList<EndPoint> EndPoints { get; }

    /// <summary>The next connection. One caller at a time.</summary>
    ValueTask<ITransportConnection> AcceptAsync(CancellationToken cancellationToken = default);
}

/// <summary>
/// A stream of bytes both ways. One caller at a time receives and one sends; the two are independent. What breaks the
/// connection shows as an exception that <see cref="TransportErrors.IsConnectionLoss"/> knows.
/// </summary>
public interface ITransportConnection : IDisposable
{
    EndPoint? RemoteEndPoint { get; }

    EndPoint? LocalEndPoint { get; }

    bool IsEncrypted { get; }

    /// <summary>How many bytes were handed to the network so far: a send that is long but moves can be told from one that is stuck.</summary>
    long BytesSent { get; }

    /// <summary>What has to happen before the first byte: the TLS handshake. Has no deadline; <see cref="Abort"/> ends it.</summary>
    ValueTask OpenAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Receives what is there, at least one byte, or 0 at the end of the stream. With an empty buffer it waits until
    /// a receive would not wait, and returns 0: an idle connection holds no memory.
    /// </summary>
    ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    /// <summary>Sends all of the bytes. <paramref name="more"/>: another send follows at once, so they may share a packet.</summary>
    ValueTask SendAsync(ReadOnlyMemory<byte> bytes, bool more = false);

    /// <summary>Sends all records of the source, from its file where that can be.</summary>
    ValueTask SendAsync(RecordsSource records, bool more = false);

    /// <summary>Ends the connection at once, from any thread; what waits fails.</summary>
    void Abort();
}

/// <summary>The closed set of ways in which a connection can be lost.</summary>
public static class TransportErrors
{
    /// <summary>True where the exception says that the peer or the network went away, and nothing worse.</summary>
    public static bool IsConnectionLoss(Exception exception) =>
        exception is IOException or System.Net.Sockets.SocketException or ObjectDisposedException or OperationCanceledException
            or System.Security.Authentication.AuthenticationException;
}
