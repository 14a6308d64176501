using System.Net;

namespace StreamActors.Gateway.Connection;

/// <summary>All connections of a node: how many there may be, and the one timer that closes those whose deadline has passed.</summary>
public sealed class ConnectionRegistry : IDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly Lock mutex = new();
    private readonly HashSet<KafkaConnection> connections = [];
    private readonly Dictionary<IPAddress, int> perAddress = [];
    private readonly ConnectionLimits limits;
    private readonly ITimer sweep;
    private KafkaConnection[] snapshot = [];
    private long lastId;

    public ConnectionRegistry(ConnectionServices services)
    {
        limits = services.Limits;
        sweep = services.Time.CreateTimer(_ => Sweep(), null, SweepInterval, SweepInterval);
    }

    public int Count
    {
        get { lock (mutex) return connections.Count; }
    }

    /// <summary>How many of them have nothing under way.</summary>
    internal int IdleCount
    {
        get { lock (mutex) return connections.Count(connection => connection.IsIdle); }
    }

    public long NextId() => Interlocked.Increment(ref lastId);

    /// <summary>False where the node or the address has as many connections as it may.</summary>
    internal bool TryAdd(KafkaConnection connection)
    {
        lock (mutex)
        {
            if (connections.Count >= limits.MaxConnections) return false;
            if (AddressOf(connection) is { } address)
            {
                var count = perAddress.GetValueOrDefault(address);
                if (count >= limits.MaxConnectionsPerIpOverrides.GetValueOrDefault(address, limits.MaxConnectionsPerIp)) return false;
                perAddress[address] = count + 1;
            }

            return connections.Add(connection);
        }
    }

    internal void Remove(KafkaConnection connection)
    {
        lock (mutex)
        {
            if (!connections.Remove(connection) || AddressOf(connection) is not { } address) return;
            if (--perAddress[address] == 0) perAddress.Remove(address);
        }
    }

    private void Sweep()
    {
        int count;
        lock (mutex)
        {
            count = connections.Count;
            if (snapshot.Length < count) snapshot = new KafkaConnection[Math.Max(16, count * 2)];
            connections.CopyTo(snapshot);
        }

        for (var i = 0; i < count; i++) snapshot[i].CheckDeadlines();
        Array.Clear(snapshot, 0, count);
    }

    private static IPAddress? AddressOf(KafkaConnection connection) =>
        connection.Context.RemoteEndPoint is IPEndPoint { Address: var address } ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address) : null;

    public void Dispose() => sweep.Dispose();
}
