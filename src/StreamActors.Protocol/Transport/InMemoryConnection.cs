using System.Net;
using StreamActors.Protocol.Wire;

namespace StreamActors.Protocol.Transport;

internal sealed class InMemoryConnection(EndPoint local, EndPoint remote, InMemoryPipe incoming, InMemoryPipe outgoing) : ITransportConnection
{
    private long bytesSent;

    public EndPoint? RemoteEndPoint => remote;

    public EndPoint? LocalEndPoint => local;

    public bool IsEncrypted => false;

    public long BytesSent => Volatile.Read(ref bytesSent);

    public ValueTask OpenAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        incoming.ReceiveAsync(buffer, cancellationToken);

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, bool more = false)
    {
        while (bytes.Length > 0)
        {
            var length = Math.Min(bytes.Length, InMemoryPipe.Capacity);
            await outgoing.SendAsync(bytes[..length]);
            Volatile.Write(ref bytesSent, bytesSent + length);
            bytes = bytes[length..];
        }
    }

    public ValueTask SendAsync(RecordsSource records, bool more = false) => RecordsCopy.SendAsync(this, records, more);

    public void Abort()
    {
        incoming.Break();
        outgoing.Break();
    }

    public void Dispose()
    {
        outgoing.End();
        incoming.Break();
    }

    public override string ToString() => $"{remote} (memory)";
}
