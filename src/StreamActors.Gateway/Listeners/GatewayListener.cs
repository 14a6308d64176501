using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using StreamActors.Gateway.Connection;
using StreamActors.Protocol.Transport;

namespace StreamActors.Gateway.Listeners;

/// <summary>A bound listener: accepts, starts a connection for each, drains them when it stops.</summary>
public sealed class GatewayListener(string name, ITransportListener listener, IRequestProcessor processor, ConnectionRegistry registry, ConnectionServices services)
{
    /// <summary>After a failed accept (no file descriptors left, mostly): trying on at once would only spin.</summary>
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    private readonly Lock mutex = new();
    private readonly HashSet<KafkaConnection> connections = [];
    private TaskCompletionSource? drained;
    private bool stopping;

    public string Name => name;

    public int Port => listener.Port;

    public int ConnectionCount
    {
        get { lock (mutex) return connections.Count; }
    }

    /// <summary>Accepts until the listener is stopped.</summary>
    public async Task AcceptAsync()
    {
        GatewayLog.Listening(services.Logger, name, string.Join(", ", listener.EndPoints));
        while (!stopping)
        {
            try
            {
                var transport = await listener.AcceptAsync();
                _ = ServeAsync(transport);
            }
            catch (ObjectDisposedException) when (stopping)
            {
                return;
            }
            catch (SocketException e)
            {
                if (stopping) return;
                GatewayLog.AcceptFailed(services.Logger, e, name);
                await Task.Delay(AcceptPause, services.Time);
            }
        }
    }

    /// <summary>Stops accepting at once, lets requests under way finish within the drain deadline, cuts off the rest.</summary>
    public async Task StopAsync()
    {
        TaskCompletionSource done;
        KafkaConnection[] open;
        lock (mutex)
        {
            stopping = true;
            open = [.. connections];
            done = drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (open.Length == 0) done.TrySetResult();
        }

        await listener.DisposeAsync();
        foreach (var connection in open) connection.Drain();
        // Not WaitAsync: it completes on a thread of the pool, whoever waits.
        using var deadline = services.Time.CreateTimer(
            static state => ((TaskCompletionSource)state!).TrySetResult(), done, services.Limits.DrainDeadline, Timeout.InfiniteTimeSpan);
        await done.Task;
        Abort();
    }

    /// <summary>Cuts off every connection.</summary>
    public void Abort()
    {
        KafkaConnection[] open;
        lock (mutex)
        {
            stopping = true;
            open = [.. connections];
        }

        if (open.Length > 0) GatewayLog.CutOff(services.Logger, name, open.Length);
        foreach (var connection in open) connection.Abort(CloseReason.Stopping);
    }

    private async Task ServeAsync(ITransportConnection transport)
    {
        var connection = new KafkaConnection(new ConnectionContext(registry.NextId(), name, transport), transport, processor, services);
        if (!TryAdd(connection))
        {
            transport.Abort();
            GatewayLog.ClosedByRule(services.Logger, transport.RemoteEndPoint, CloseReason.TooManyConnections);
            return;
        }

        await Task.Yield(); // a client that has sent already must not be served on the accept loop
        var reason = await connection.RunAsync();
        Remove(connection);
        if (reason is CloseReason.EndOfStream or CloseReason.Disconnected or CloseReason.Idle or CloseReason.Stopping)
            GatewayLog.Closed(services.Logger, transport.RemoteEndPoint, reason);
        else GatewayLog.ClosedByRule(services.Logger, transport.RemoteEndPoint, reason);
    }

    private bool TryAdd(KafkaConnection connection)
    {
        lock (mutex) return !stopping && registry.TryAdd(connection) && connections.Add(connection);
    }

    private void Remove(KafkaConnection connection)
    {
        registry.Remove(connection);
        lock (mutex)
        {
            connections.Remove(connection);
            if (connections.Count == 0) drained?.TrySetResult();
        }
    }
}
