using System.Collections.Immutable;
using System.Net;
using StreamActors.Cluster.Configs;

namespace StreamActors.Configuration;

/// <summary>Makes <see cref="ServerSettings"/> of the tree.</summary>
internal static class ServerSettingsReader
{
    public static ServerSettings Read(SettingsReader reader, int? port)
    {
        var kafka = KafkaSettings.Read(reader.Root, reader.Problems);
        var values = ConfigValues.OfBroker(BrokerConfigLayers.OfStatic(kafka));
        var listeners = ListenerReader.Read(reader, values, port);
        if (port is not null)
            kafka = kafka.SetItem("listeners", string.Join(',', listeners));
        var roles = values.Raw("process.roles")?.Split(',') ?? [];
        if (!roles.Contains("broker"))
            reader.Problems.Add($"{reader.Place(KafkaSettings.PathText + ".process.roles")}: process.roles must contain broker: a controller alone is not supported");

        return new ServerSettings
        {
            NodeId = values.Raw("node.id") is { } id ? int.Parse(id) : 1,
            IsBroker = roles.Contains("broker"),
            IsController = roles.Contains("controller"),
            Rack = values.Raw("broker.rack") is { Length: > 0 } rack ? rack : null,
            DataFolders = DataFolders(reader, values),
            Listeners = listeners,
            Cluster = Cluster(reader),
            Replicas = new ReplicaSettings(
                reader.Duration("streamactors.replicas.passivate-after", TimeSpan.Zero),
                reader.Integer("streamactors.replicas.shards-per-broker", 1, 256),
                reader.Duration("streamactors.replicas.wake-timeout", TimeSpan.FromMilliseconds(1)),
                reader.Duration("streamactors.replicas.restart-backoff", TimeSpan.FromMilliseconds(1)),
                reader.Duration("streamactors.replicas.restart-backoff-max", TimeSpan.FromMilliseconds(1)),
                reader.Integer("streamactors.replicas.disk-threads", 0, 256) is var threads and > 0 ? threads : Math.Max(2, Environment.ProcessorCount),
                reader.Boolean("streamactors.replicas.sync-before-acknowledge")),
            Controller = new ControllerSettings(
                reader.Integer("streamactors.controller.snapshot-after", 1, int.MaxValue),
                reader.Duration("streamactors.controller.request-timeout", TimeSpan.FromMilliseconds(1))),
            Connections = new ConnectionSettings(
                values.Int("socket.request.max.bytes"),
                values.Long("connections.max.idle.ms") is var idle and >= 0 ? TimeSpan.FromMilliseconds(Math.Min(idle, int.MaxValue)) : null,
                values.Int("max.connections"),
                values.Int("max.connections.per.ip"),
                reader.Size("streamactors.connections.bytes-in-flight", 1024),
                reader.Size("streamactors.connections.total-bytes-in-flight", 0),
                reader.Duration("streamactors.connections.read-timeout", TimeSpan.FromMilliseconds(1)),
                reader.Duration("streamactors.connections.write-timeout", TimeSpan.FromMilliseconds(1))),
            Shutdown = new ShutdownSettings(
                reader.Duration("streamactors.shutdown.drain-connections", TimeSpan.Zero),
                reader.Duration("streamactors.shutdown.flush-logs", TimeSpan.Zero)),
            Kafka = kafka,
            Root = reader.Root,
        };
    }

    private static ImmutableArray<string> DataFolders(SettingsReader reader, ConfigValues values)
    {
        var given = values.Raw("log.dirs") is { Length: > 0 } dirs ? dirs.Split(',') : [reader.Text("streamactors.data")];
        var folders = ImmutableArray.CreateBuilder<string>();
        foreach (var folder in given)
        {
            if (folder.Length == 0 || folder.Contains('\0', StringComparison.Ordinal))
                continue;
            var full = Path.GetFullPath(folder);
            if (folders.Contains(full))
                reader.Problems.Add($"{reader.Place(KafkaSettings.PathText + ".log.dirs")}: log.dirs names {folder} twice");
            folders.Add(full);
        }

        return folders.ToImmutable();
    }

    private static ClusterSettings Cluster(SettingsReader reader)
    {
        const string at = "streamactors.cluster.";
        var host = reader.Text(at + "host");
        ClusterTlsSettings? tls = null;
        if (reader.Boolean(at + "tls.enabled"))
            tls = new ClusterTlsSettings(reader.Text(at + "tls.certificate"), reader.TextOrNull(at + "tls.password"), reader.Text(at + "tls.authority"));
        else if (!IsLoopback(host))
            reader.Problems.Add($"{reader.Place(at + "host")}: {at}host {host} is not loopback, so {at}tls must be enabled");

        var seeds = reader.Words(at + "seed-nodes");
        foreach (var seed in seeds)
        {
            var colon = seed.LastIndexOf(':');
            if (colon <= 0 || !ushort.TryParse(seed.AsSpan(colon + 1), out var seedPort) || seedPort == 0)
                reader.Problems.Add($"{reader.Place(at + "seed-nodes")}: {at}seed-nodes must be a list of host:port, but has '{seed}'");
        }

        return new ClusterSettings(
            reader.Text(at + "name"),
            host,
            reader.Integer(at + "port", 0, 65535),
            reader.TextOrNull(at + "public-host") ?? host,
            reader.IntegerOrNull(at + "public-port", 1, 65535),
            seeds,
            reader.Duration(at + "join-timeout", TimeSpan.FromSeconds(1)),
            tls);
    }

    private static bool IsLoopback(string host) => host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
