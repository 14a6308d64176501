using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StreamActors.Gateway.Connection;
using StreamActors.Gateway.Listeners;
using StreamActors.Protocol.Transport;

namespace StreamActors.Gateway.Tests.Support;

/// <summary>A listener with everything below it, and no actor system above it.</summary>
internal sealed class GatewayUnderTest : IAsyncDisposable
{
    private readonly ITransport transport;
    private readonly string host;

    private GatewayUnderTest(ITransport transport, string host, ConnectionLimits limits)
    {
        this.transport = transport;
        this.host = host;
        Services = new ConnectionServices(limits, Time, NullLogger.Instance);
        Registry = new ConnectionRegistry(Services);
    }

    public FakeTimeProvider Time { get; } = new();

    public ConnectionServices Services { get; }

    public ConnectionRegistry Registry { get; }

    public GatewayListener Listener { get; private set; } = null!;

    public long FrameMemoryTaken => Services.Memory.Small.Taken + Services.Memory.Large.Taken;

    public static async Task<GatewayUnderTest> StartAsync(
        IRequestProcessor processor, ConnectionLimits? limits = null, ITransport? transport = null, string host = "127.0.0.1")
    {
        var gateway = new GatewayUnderTest(transport ?? new SocketTransport(), host, limits ?? new ConnectionLimits());
        var bound = await gateway.transport.ListenAsync(host, 0);
        gateway.Listener = new GatewayListener("PLAINTEXT", bound, processor, gateway.Registry, gateway.Services);
        _ = gateway.Listener.AcceptAsync();
        return gateway;
    }

    public async Task<ITransportConnection> ConnectAsync(ITransport? with = null)
    {
        var connection = await (with ?? transport).ConnectAsync(host, Listener.Port);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>
    /// Waits until every connection, <paramref name="count"/> of them, waits for a request. A client that has its answer does not know yet whether
    /// the server has noticed that it is sent.
    /// </summary>
    public Task IsIdleAsync(int count = 1) => Eventually.IsTrue(() => Registry.Count == count && Registry.IdleCount == count, "all connections are idle");

    /// <summary>
    /// Time passes in steps, so that what it wakes can run in between. What is to have begun by then the test has to wait for: on a busy machine
    /// all of it may pass before a byte that was sent arrives.
    /// </summary>
    public async Task PassAsync(TimeSpan span)
    {
        for (var passed = TimeSpan.Zero; passed < span; passed += TimeSpan.FromSeconds(5))
        {
            Time.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        Listener.Abort();
        await Listener.StopAsync();
        Registry.Dispose();
    }
}
