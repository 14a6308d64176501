using System.Collections.Immutable;

namespace StreamActors.Cluster.Configs;

/// <summary>How far a number of threads may change at once while a broker runs: to no less than half of it, and to no more than twice as many.</summary>
public static class ThreadCountBounds
{
    private static readonly ImmutableArray<string> Names =
        ["background.threads", "log.cleaner.threads", "num.io.threads", "num.network.threads", "num.recovery.threads.per.data.dir", "num.replica.fetchers"];

    /// <summary>What is wrong with a change of a broker's settings, each of which is valid by itself; null for nothing.</summary>
    public static string? Fault(BrokerConfigLayers before, BrokerConfigLayers after)
    {
        var (present, wanted) = (ConfigValues.OfBroker(before), ConfigValues.OfBroker(after));
        foreach (var name in Names)
        {
            var (from, to) = (present.Int(name), wanted.Int(name));
            if (from == to) continue;
            if (to < 1) return $"{name} must be at least 1";
            if (to < from / 2) return $"{name} is {from} and cannot go below half of that at once, to {to}";
            if (to > from * 2L) return $"{name} is {from} and cannot go above twice that at once, to {to}";
        }

        return null;
    }
}
