using System.Net;
using Akka.Actor;
using StreamActors.Gateway.Connection;
using StreamActors.Protocol.Transport;

namespace StreamActors.Gateway.Listeners;

/// <summary>One entry of <c>listeners</c>.</summary>
/// <param name="Name">As in the setting; also the actor's name.</param>
/// <param name="Host">What to bind; empty for every address.</param>
/// <param name="Port">0 for a free one.</param>
public sealed record ListenerOptions(string Name, string Host, int Port, ITransport Transport);

/// <summary>
/// The node's gateway: binds first, so that the ports are known (and taken) before the broker registers; accepts when started;
/// drains when stopped.
/// </summary>
public sealed class GatewayServer : IAsyncDisposable
{
    private readonly ConnectionServices services;
    private readonly ConnectionRegistry registry;
    private readonly List<(ListenerOptions Options, ITransportListener Bound)> bound = [];
    private GatewayListener[] listeners = [];

    public GatewayServer(ConnectionServices services)
    {
        this.services = services;
        registry = new ConnectionRegistry(services);
    }

    public int ConnectionCount => registry.Count;

    /// <summary>Binds one listener; says its port and addresses. Throws where the address cannot be had.</summary>
    public async ValueTask<(int Port, IReadOnlyList<EndPoint> EndPoints)> BindAsync(ListenerOptions options, CancellationToken cancellationToken = default)
    {
        var listener = await options.Transport.ListenAsync(options.Host, options.Port, cancellationToken);
        bound.Add((options, listener));
        return (listener.Port, listener.EndPoints);
    }

    /// <summary>Starts to accept on all that was bound, as <c>/user/gateway</c>.</summary>
    public IActorRef Start(ActorSystem system, IRequestProcessor processor)
    {
        listeners = [.. bound.Select(each => new GatewayListener(each.Options.Name, each.Bound, processor, registry, services))];
        return system.ActorOf(Props.CreateBy(new GatewayProducer(listeners)), "gateway");
    }

    /// <summary>Stops accepting, lets requests finish within the drain deadline, closes every connection.</summary>
    public Task StopAsync() => Task.WhenAll(listeners.Select(listener => listener.StopAsync()));

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (var (_, listener) in bound) await listener.DisposeAsync();
        registry.Dispose();
    }
}
