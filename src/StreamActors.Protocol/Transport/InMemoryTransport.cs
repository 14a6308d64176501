using System.Net;
using System.Threading.Channels;

namespace StreamActors.Protocol.Transport;

/// <summary>
/// A network in memory, for simulation and tests: listeners by host and port, connections as two bounded pipes. It has no
/// thread of its own: a continuation runs where the bytes were sent from, or in the synchronization context that was awaited in.
/// </summary>
/// <param name="time">Where delays come from.</param>
/// <param name="faults">What goes wrong; null for nothing.</param>
public sealed class InMemoryTransport(TimeProvider time, INetworkFaults? faults = null) : ITransport
{
    private readonly Lock mutex = new();
    private readonly Dictionary<(string Host, int Port), InMemoryListener> listeners = [];
    private readonly INetworkFaults faults = faults ?? NoFaults.Instance;
    private int nextPort = 49152;
    private int nextClientPort = 10000;

    public ValueTask<ITransportListener> ListenAsync(string host, int port, CancellationToken cancellationToken = default)
    {
        lock (mutex)
        {
            if (port == 0) port = nextPort++;
            var listener = new InMemoryListener(this, host, port);
            if (!listeners.TryAdd((host, port), listener)) throw new IOException($"{host}:{port} is in use.");
            return new ValueTask<ITransportListener>(listener);
        }
    }

    public ValueTask<ITransportConnection> ConnectAsync(string host, int port, CancellationToken cancellationToken = default)
    {
        InMemoryListener? listener;
        DnsEndPoint client;
        lock (mutex)
        {
            listeners.TryGetValue((host, port), out listener);
            client = new DnsEndPoint("client", nextClientPort++);
            if (nextClientPort > IPEndPoint.MaxPort) nextClientPort = 10000;
        }

        var server = new DnsEndPoint(host, port);
        if (listener is null || !faults.MayConnect(server)) throw new IOException($"Nobody listens on {host}:{port}.");
        var there = new InMemoryPipe(time, faults, client, server);
        var back = new InMemoryPipe(time, faults, server, client);
        if (!listener.TryEnqueue(new InMemoryConnection(server, client, there, back))) throw new IOException($"{host}:{port} refuses.");
        return new ValueTask<ITransportConnection>(new InMemoryConnection(client, server, back, there));
    }

    internal void Unlisten(InMemoryListener listener, (string, int) address)
    {
        lock (mutex)
        {
            if (listeners.TryGetValue(address, out var current) && ReferenceEquals(current, listener)) listeners.Remove(address);
        }
    }
}

/// <summary>What a simulated network does to a connection. Called in the order in which things happen; draws from the run's seed.</summary>
public interface INetworkFaults
{
    bool MayConnect(EndPoint server);

    /// <summary>How long this piece is under way; pieces of one direction never overtake each other.</summary>
    TimeSpan DelayOf(EndPoint from, EndPoint to, int bytes);

    /// <summary>How many of the bytes that are there one receive gets: from 1 to <paramref name="available"/>.</summary>
    int ReceiveSize(EndPoint from, EndPoint to, int available);

    /// <summary>True breaks the connection instead of sending this piece.</summary>
    bool Breaks(EndPoint from, EndPoint to, int bytes);
}

internal sealed class NoFaults : INetworkFaults
{
    public static readonly NoFaults Instance = new();

    public bool MayConnect(EndPoint server) => true;

    public TimeSpan DelayOf(EndPoint from, EndPoint to, int bytes) => TimeSpan.Zero;

    public int ReceiveSize(EndPoint from, EndPoint to, int available) => available;

    public bool Breaks(EndPoint from, EndPoint to, int bytes) => false;
}

internal sealed class InMemoryListener(InMemoryTransport network, string host, int port) : ITransportListener
{
    private readonly Channel<ITransportConnection> waiting = Channel.CreateBounded<ITransportConnection>(
        new BoundedChannelOptions(512) { AllowSynchronousContinuations = true, FullMode = BoundedChannelFullMode.Wait });

    public int Port => port;

    public IReadOnlyList<EndPoint> EndPoints { get; } = [new DnsEndPoint(host, port)];

    public bool TryEnqueue(ITransportConnection connection) => waiting.Writer.TryWrite(connection);

    public async ValueTask<ITransportConnection> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await waiting.Reader.ReadAsync(cancellationToken);
        }
        catch (ChannelClosedException e)
        {
            throw new ObjectDisposedException(nameof(InMemoryListener), e);
        }
    }

    public ValueTask DisposeAsync()
    {
        network.Unlisten(this, (host, port));
        waiting.Writer.TryComplete();
        while (waiting.Reader.TryRead(out var connection)) connection.Abort();
        return ValueTask.CompletedTask;
    }
}
