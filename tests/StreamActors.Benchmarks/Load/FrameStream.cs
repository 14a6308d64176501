using System.Buffers.Binary;
using StreamActors.Benchmarks.Servers;
using StreamActors.Protocol.Transport;

namespace StreamActors.Benchmarks.Load;

/// <summary>A connection that sends frames made before and receives into one buffer, so that the load costs little itself.</summary>
internal sealed class FrameStream : IDisposable
{
    private readonly ITransportConnection transport;
    private byte[] buffer = new byte[1 << 20];
    private int start;
    private int end;

    private FrameStream(ITransportConnection transport) => this.transport = transport;

    public static async Task<FrameStream> ConnectAsync(int port)
    {
        var connection = await new SocketTransport().ConnectAsync(BrokerClient.Host, port);
        await connection.OpenAsync();
        return new FrameStream(connection);
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> frame) => transport.SendAsync(frame);

    /// <summary>The next answer without its length; good until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> ReceiveAsync()
    {
        await FillAsync(sizeof(int));
        var length = BinaryPrimitives.ReadInt32BigEndian(buffer.AsSpan(start));
        start += sizeof(int);
        await FillAsync(length);
        var frame = buffer.AsMemory(start, length);
        start += length;
        return frame;
    }

    public void Dispose() => transport.Dispose();

    private async ValueTask FillAsync(int needed)
    {
        if (end - start >= needed) return;
        if (start + needed > buffer.Length)
        {
            var target = needed > buffer.Length ? new byte[Math.Max(needed, buffer.Length * 2)] : buffer;
            buffer.AsSpan(start, end - start).CopyTo(target);
            (buffer, end, start) = (target, end - start, 0);
        }

        while (end - start < needed)
        {
            var received = await transport.ReceiveAsync(buffer.AsMemory(end));
            if (received == 0) throw new IOException("The broker closed the connection.");
            end += received;
        }
    }
}
