using System.Collections.Immutable;
using StreamActors.Protocol;

namespace StreamActors.Cluster.Metadata;

/// <summary>Where clients reach a broker: a listener's name, host, port and security protocol (Kafka's number for it).</summary>
public sealed record BrokerListener(string Name, string Host, int Port, short SecurityProtocol);

/// <summary>A registered broker. A fenced one is known but leads nothing until it is heard of again.</summary>
/// <param name="Incarnation">Drawn anew at each start of the process, so that a restarted broker is told from a silent one.</param>
/// <param name="Epoch">The metadata sequence number of its registration; grows with each one.</param>
/// <param name="LogDirs">The ids of its data folders that are online.</param>
public sealed record BrokerImage(
    BrokerId Id,
    Guid Incarnation,
    long Epoch,
    ImmutableArray<BrokerListener> Listeners,
    string? Rack,
    bool Fenced,
    ImmutableArray<Guid> LogDirs)
{
    public BrokerListener? Listener(string name)
    {
        foreach (var listener in Listeners)
        {
            if (listener.Name == name) return listener;
        }

        return null;
    }
}
