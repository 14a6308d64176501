using StreamActors.Client.Errors;
using StreamActors.Protocol;

namespace StreamActors.Client.Connections;

/// <summary>At most one connection to each address. One that is lost is opened anew when it is asked for; one that cannot be opened, after a pause.</summary>
internal sealed class ConnectionPool(KafkaClientOptions options, Backoff backoff) : IDisposable
{
    private readonly Lock mutex = new();
    private readonly Dictionary<BrokerAddress, Slot> slots = [];
    private bool isDisposed;

    private sealed class Slot
    {
        public KafkaClientConnection? Connection;
        public Task<KafkaClientConnection>? Opening;
        public int Failures;
    }

    /// <summary>The open connection; null where there is none at this moment.</summary>
    public KafkaClientConnection? TryGet(BrokerAddress address)
    {
        lock (mutex) return slots.TryGetValue(address, out var slot) && slot.Connection is { IsOpen: true } open ? open : null;
    }

    /// <summary>The open connection, or one opened now; throws <see cref="KafkaException"/> where that fails.</summary>
    public Task<KafkaClientConnection> GetAsync(BrokerAddress address)
    {
        lock (mutex)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            if (!slots.TryGetValue(address, out var slot)) slots.Add(address, slot = new Slot());
            if (slot.Connection is { IsOpen: true } open) return Task.FromResult(open);
            if (slot.Opening is null or { IsCompleted: true }) slot.Opening = OpenAsync(address, slot);
            return slot.Opening;
        }
    }

    public void Dispose()
    {
        KafkaClientConnection?[] open;
        lock (mutex)
        {
            isDisposed = true;
            open = [.. slots.Values.Select(slot => slot.Connection)];
            slots.Clear();
        }

        foreach (var connection in open) connection?.Dispose();
    }

    private async Task<KafkaClientConnection> OpenAsync(BrokerAddress address, Slot slot)
    {
        await Task.Yield(); // out of the lock
        if (slot.Failures > 0) await Task.Delay(backoff.Reconnect(slot.Failures), options.Time);
        KafkaClientConnection connection;
        try
        {
            connection = await Handshake.OpenAsync(address, options);
        }
        catch
        {
            lock (mutex) slot.Failures++;
            throw;
        }

        lock (mutex)
        {
            slot.Failures = 0;
            slot.Connection = connection;
            if (!isDisposed) return connection;
        }

        connection.Dispose();
        throw new KafkaException(ErrorCode.NetworkException, "The client was closed.");
    }
}
