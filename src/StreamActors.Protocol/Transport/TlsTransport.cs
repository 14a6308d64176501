using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using StreamActors.Protocol.Wire;

namespace StreamActors.Protocol.Transport;

/// <summary>TLS over TCP. The handshake is done by <see cref="ITransportConnection.OpenAsync"/>, so a slow one holds up nobody else.</summary>
public sealed class TlsTransport(TlsOptions options, int backlog = 512) : ITransport
{
    public async ValueTask<ITransportListener> ListenAsync(string host, int port, CancellationToken cancellationToken = default)
    {
        var server = options.ToServerOptions();
        var sockets = await SocketAddresses.BindAsync(host, port, backlog, cancellationToken);
        return new SocketListener(sockets, socket => new TlsConnection(socket, (stream, cancel) => stream.AuthenticateAsServerAsync(server, cancel)));
    }

    public async ValueTask<ITransportConnection> ConnectAsync(string host, int port, CancellationToken cancellationToken = default)
    {
        var client = options.ToClientOptions(host);
        var socket = await SocketAddresses.ConnectAsync(host, port, cancellationToken);
        return new TlsConnection(socket, (stream, cancel) => stream.AuthenticateAsClientAsync(client, cancel));
    }
}

internal sealed class TlsConnection : ITransportConnection
{
    private const int SendPiece = 256 * 1024;

    private readonly Socket socket;
    private readonly SslStream stream;
    private readonly Func<SslStream, CancellationToken, Task> handshake;
    private long bytesSent;

    public TlsConnection(Socket socket, Func<SslStream, CancellationToken, Task> handshake)
    {
        socket.NoDelay = true;
        this.socket = socket;
        this.handshake = handshake;
        stream = new SslStream(new NetworkStream(socket, ownsSocket: true), leaveInnerStreamOpen: false);
        RemoteEndPoint = socket.RemoteEndPoint;
        LocalEndPoint = socket.LocalEndPoint;
    }

    public EndPoint? RemoteEndPoint { get; }

    public EndPoint? LocalEndPoint { get; }

    public bool IsEncrypted => true;

    public long BytesSent => Volatile.Read(ref bytesSent);

    public async ValueTask OpenAsync(CancellationToken cancellationToken = default) => await handshake(stream, cancellationToken);

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        stream.ReadAsync(buffer, cancellationToken);

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, bool more = false)
    {
        while (bytes.Length > 0)
        {
            var length = Math.Min(bytes.Length, SendPiece);
            await stream.WriteAsync(bytes[..length]);
            Volatile.Write(ref bytesSent, bytesSent + length);
            bytes = bytes[length..];
        }
    }

    public ValueTask SendAsync(RecordsSource records, bool more = false) => RecordsCopy.SendAsync(this, records, more);

    public void Abort() => socket.Dispose();

    public void Dispose() => stream.Dispose();

    public override string ToString() => $"{RemoteEndPoint} (TLS)";
}
