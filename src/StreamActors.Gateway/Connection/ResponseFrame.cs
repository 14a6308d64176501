using StreamActors.Protocol.Transport;

namespace StreamActors.Gateway.Connection;

/// <summary>An answer that is ready to be sent, once. Whoever has it disposes of it.</summary>
public abstract class ResponseFrame : IDisposable
{
    /// <summary>All bytes, the length prefix and records in files included.</summary>
    public abstract long Length { get; }

    public abstract ValueTask SendAsync(ITransportConnection connection);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
