using System.Net;
using System.Net.Sockets;
using StreamActors.Protocol.Wire;

namespace StreamActors.Protocol.Transport;

/// <summary>A TCP connection without TLS.</summary>
internal sealed class PlainSocketConnection : ITransportConnection
{
    /// <summary>A large send goes in pieces of this size, so that <see cref="BytesSent"/> shows that it moves.</summary>
    private const int SendPiece = 256 * 1024;

    private readonly Socket socket;
    private long bytesSent;

    public PlainSocketConnection(Socket socket)
    {
        socket.NoDelay = true;
        socket.Blocking = false; // the direct system calls below must never wait
        this.socket = socket;
        RemoteEndPoint = socket.RemoteEndPoint;
        LocalEndPoint = socket.LocalEndPoint;
    }

    public EndPoint? RemoteEndPoint { get; }

    public EndPoint? LocalEndPoint { get; }

    public bool IsEncrypted => false;

    public long BytesSent => Volatile.Read(ref bytesSent);

    public ValueTask OpenAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        buffer.IsEmpty ? WaitAsync(cancellationToken) : socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);

    /// <summary>
    /// An empty receive of the runtime may complete on an event whose bytes an earlier receive has taken already. A peek tells, so
    /// that nobody rents a buffer for nothing.
    /// </summary>
    private async ValueTask<int> WaitAsync(CancellationToken cancellationToken)
    {
        do await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellationToken);
        while (IsEmpty());
        return 0;
    }

    private bool IsEmpty()
    {
        Span<byte> peek = stackalloc byte[1];
        socket.Receive(peek, SocketFlags.Peek, out var error);
        return error == SocketError.WouldBlock;
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, bool more = false)
    {
        if (more && LinuxSockets.IsSupported)
        {
            var sent = LinuxSockets.TrySendMore(socket.SafeHandle, bytes.Span);
            Sent(sent);
            bytes = bytes[sent..];
        }

        while (bytes.Length > 0)
        {
            var sent = await socket.SendAsync(bytes[..Math.Min(bytes.Length, SendPiece)], SocketFlags.None);
            Sent(sent);
            bytes = bytes[sent..];
        }
    }

    public ValueTask SendAsync(RecordsSource records, bool more = false) =>
        records is FileRecordsSource { Handle: not null } source && LinuxSockets.IsSupported
            ? SendFileAsync(source)
            : RecordsCopy.SendAsync(this, records, more);

    /// <summary>
    /// <c>sendfile</c> until the socket's buffer is full. Then a small piece goes the ordinary way: its completion says that
    /// there is room again, so no poller of our own is needed, and all but a small part of the bytes still skips user space.
    /// </summary>
    private async ValueTask SendFileAsync(FileRecordsSource source)
    {
        byte[]? piece = null;
        try
        {
            var position = 0;
            while (position < source.Length)
            {
                var sent = SendFile(source, position);
                Sent(sent);
                position += sent;
                if (sent > 0) continue;

                piece ??= System.Buffers.ArrayPool<byte>.Shared.Rent(RecordsCopy.WaitPiece);
                var length = Math.Min(RecordsCopy.WaitPiece, source.Length - position);
                source.CopyTo(position, piece.AsSpan(0, length));
                await SendAsync(piece.AsMemory(0, length));
                position += length;
            }
        }
        finally
        {
            if (piece is not null) System.Buffers.ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>The file may be closed between two calls, for there is a bound to open ones: then the source opens it again.</summary>
    private int SendFile(FileRecordsSource source, int position)
    {
        for (var tries = 8; ; tries--)
        {
            try
            {
                return LinuxSockets.SendFile(socket.SafeHandle, source.Handle!, source.Position + position, source.Length - position);
            }
            catch (ObjectDisposedException) when (tries > 0 && !socket.SafeHandle.IsClosed)
            {
            }
        }
    }

    private void Sent(int count) => Volatile.Write(ref bytesSent, bytesSent + count);

    public void Abort()
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (TransportErrors.IsConnectionLoss(e))
        {
            // Closed already, which is what is asked for.
        }

        socket.Dispose();
    }

    public void Dispose()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (TransportErrors.IsConnectionLoss(e))
        {
            // The peer was faster.
        }

        socket.Dispose();
    }

    public override string ToString() => $"{RemoteEndPoint}";
}
