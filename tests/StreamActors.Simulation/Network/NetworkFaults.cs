using System.Net;
using StreamActors.Protocol.Transport;
using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Network;

/// <summary>What the network does to connections, by the seed. Delays never stop; the rest does when the network is healed.</summary>
internal sealed class NetworkFaults(WorldRandom random, Counters counters) : INetworkFaults
{
    private static readonly TimeSpan Near = TimeSpan.FromMilliseconds(0.2);
    private static readonly TimeSpan Far = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Jam = TimeSpan.FromMilliseconds(400);

    /// <summary>How often a piece that is sent breaks its connection.</summary>
    public double Breakage { get; set; }

    /// <summary>Nobody gets through.</summary>
    public bool IsCut { get; set; }

    public bool MayConnect(EndPoint server)
    {
        if (IsCut) counters.Add("network.refused");
        return !IsCut;
    }

    public TimeSpan DelayOf(EndPoint from, EndPoint to, int bytes) => random.Chance(0.01) ? random.Between(Far, Jam) : random.Between(Near, Far);

    public int ReceiveSize(EndPoint from, EndPoint to, int available)
    {
        if (!random.Chance(0.1)) return available;
        counters.Add("network.split");
        return random.Next(1, available + 1);
    }

    public bool Breaks(EndPoint from, EndPoint to, int bytes)
    {
        if (!IsCut && !(Breakage > 0 && random.Chance(Breakage))) return false;
        counters.Add("network.broken");
        return true;
    }
}
