using System.Net;
using StreamActors.Protocol.Transport;
using StreamActors.Protocol.Wire;
using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Network;

/// <summary>The network between the simulated processes: bytes take time and come in pieces, and connections break.</summary>
internal sealed class SimulatedNetwork
{
    private readonly InMemoryTransport transport;

    public SimulatedNetwork(World world, Counters counters)
    {
        Faults = new NetworkFaults(world.RandomFor("network"), counters);
        // The wires are nobody's: what is under way arrives although its sender has died.
        transport = new InMemoryTransport(world.StartProcess("network").Clock, Faults);
    }

    public NetworkFaults Faults { get; }

    /// <summary>The network as a process sees it: its sockets close when it is killed.</summary>
    public ITransport Of(SimulatedProcess process) => new ProcessTransport(transport, process);

    private sealed class ProcessTransport(ITransport transport, SimulatedProcess process) : ITransport
    {
        public async ValueTask<ITransportListener> ListenAsync(string host, int port, CancellationToken cancellationToken = default)
        {
            var listener = await transport.ListenAsync(host, port, cancellationToken);
            process.OnKilled(() => _ = listener.DisposeAsync());
            return new ProcessListener(listener, process);
        }

        public async ValueTask<ITransportConnection> ConnectAsync(string host, int port, CancellationToken cancellationToken = default) =>
            Owned(await transport.ConnectAsync(host, port, cancellationToken), process);
    }

    private sealed class ProcessListener(ITransportListener listener, SimulatedProcess process) : ITransportListener
    {
        public int Port => listener.Port;

        public IReadOnlyList<EndPoint> EndPoints => listener.EndPoints;

        public async ValueTask<ITransportConnection> AcceptAsync(CancellationToken cancellationToken = default) =>
            Owned(await listener.AcceptAsync(cancellationToken), process);

        public ValueTask DisposeAsync() => listener.DisposeAsync();
    }

    private static ITransportConnection Owned(ITransportConnection connection, SimulatedProcess process)
    {
        process.OnKilled(connection.Abort);
        return connection;
    }
}
