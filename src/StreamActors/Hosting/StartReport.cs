using StreamActors.Cluster.Metadata;
using StreamActors.Configuration;

namespace StreamActors.Hosting;

/// <summary>What a start says on standard output, in three lines: what listens where, where the data are, what to try next.</summary>
internal sealed class StartReport(ServerSettings settings, TextWriter output)
{
    public void Ready(string clusterId, IReadOnlyList<BrokerListener> listeners)
    {
        var addresses = string.Join(", ", listeners.Select(listener => $"{listener.Name}://{listener.Host}:{listener.Port}"));
        var bootstrap = $"{listeners[0].Host}:{listeners[0].Port}";
        output.WriteLine($"StreamActors broker {settings.NodeId} of cluster {clusterId} listens on {addresses} (ready in {StartClock.Elapsed.TotalSeconds:0.00} s).");
        output.WriteLine($"Its data are in {string.Join(", ", settings.DataFolders)}. Ctrl+C stops it.");
        output.WriteLine($"Try: streamactors topic create payments --partitions 3 --bootstrap-server {bootstrap}   or any Kafka client: kcat -b {bootstrap} -L");
        output.Flush();
    }
}
