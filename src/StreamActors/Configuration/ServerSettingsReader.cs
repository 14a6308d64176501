using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging;
using StreamActors.Broker.Progress;
using StreamActors.Broker.Replicas;
using StreamActors.Cluster.Configs;
using StreamActors.Cluster.Controller;
using StreamActors.Gateway.Connection;

namespace StreamActors.Configuration;

/// <summary>Makes <see cref="ServerSettings"/> of the tree.</summary>
internal static class ServerSettingsReader
{
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    /// <summary>Stands for "never": timers take no more than 49 days.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

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
            MetadataFolder = values.Raw("metadata.log.dir") is { Length: > 0 } metadata ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(metadata)) : null,
            Listeners = listeners,
            Cluster = Cluster(reader),
            Replicas = new ReplicaSettings
            {
                PassivateAfter = reader.Duration("streamactors.replicas.passivate-after", TimeSpan.Zero),
                RetentionCheckInterval = Milliseconds(values.Long("log.retention.check.interval.ms")),
                InitialTaskDelay = Milliseconds(values.Long("log.initial.task.delay.ms")),
                RetentionSweepPerSecond = reader.Integer("streamactors.replicas.retention-sweep-per-second", 1, 1_000_000),
                RestartBackoff = reader.Duration("streamactors.replicas.restart-backoff", Millisecond),
                MaxRestartBackoff = reader.Duration("streamactors.replicas.restart-backoff-max", Millisecond),
                MaxGatheredBytes = (int)reader.Size("streamactors.replicas.gathered-bytes", 1, int.MaxValue),
            },
            MaxOpenSegmentFiles = reader.Integer("streamactors.replicas.open-segment-files", 0, 10_000_000),
            Controller = new ControllerSettings
            {
                DefaultPartitions = values.Int("num.partitions"),
                DefaultReplicationFactor = (short)Math.Clamp(values.Int("default.replication.factor"), 1, short.MaxValue),
                DeleteTopicEnable = values.Boolean("delete.topic.enable"),
                SnapshotAfterBytes = values.Long("metadata.log.max.record.bytes.between.snapshots"),
                StaticBrokerConfigs = kafka,
            },
            Connections = Connections(reader, values),
            GroupLag = new GroupLagSettings(
                reader.Duration("streamactors.metrics.group-lag.interval", TimeSpan.Zero),
                reader.Integer("streamactors.metrics.group-lag.max-partitions", 0, 10_000_000)),
            LogLevel = LogLevelOf(reader),
            Shutdown = new ShutdownSettings(
                reader.Duration("streamactors.shutdown.drain", TimeSpan.Zero),
                reader.Duration("streamactors.shutdown.flush", TimeSpan.Zero)),
            Kafka = kafka,
            Root = reader.Root,
        };
    }

    private static TimeSpan Milliseconds(long value) => value < Longest.TotalMilliseconds ? TimeSpan.FromMilliseconds(value) : Longest;

    private static LogLevel LogLevelOf(SettingsReader reader)
    {
        const string path = "streamactors.log.level";
        if (Enum.TryParse<LogLevel>(reader.Text(path), ignoreCase: true, out var level)) return level;
        reader.Refuse(path, "one of trace, debug, information, warning, error, critical, none");
        return LogLevel.Warning;
    }

    private static ImmutableArray<string> DataFolders(SettingsReader reader, ConfigValues values)
    {
        var given = values.Raw("log.dirs") is { Length: > 0 } dirs ? dirs.Split(',') : [reader.Text("streamactors.data")];
        var folders = ImmutableArray.CreateBuilder<string>();
        foreach (var folder in given)
        {
            if (folder.Length == 0 || folder.Contains('\0', StringComparison.Ordinal))
                continue;
            var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
            if (folders.Contains(full))
                reader.Problems.Add($"{reader.Place(KafkaSettings.PathText + ".log.dirs")}: log.dirs names {folder} twice");
            folders.Add(full);
        }

        return folders.ToImmutable();
    }

    private static ConnectionLimits Connections(SettingsReader reader, ConfigValues values)
    {
        const string at = "streamactors.connections.";
        var queued = values.Long("queued.max.request.bytes");
        var memory = reader.Size(at + "request-memory", 1 << 20, long.MaxValue);
        return new ConnectionLimits
        {
            MaxFrameBytes = values.Int("socket.request.max.bytes"),
            MaxFirstFrameBytes = (int)reader.Size(at + "first-request-bytes", 1024, int.MaxValue),
            RequestMemoryBytes = queued > 0 ? queued : memory,
            MaxInFlightRequests = reader.Integer(at + "requests-in-flight", 1, 1_000_000),
            MaxInFlightBytes = reader.Size(at + "bytes-in-flight", 1, long.MaxValue),
            OpenDeadline = reader.Duration(at + "open-deadline", Millisecond),
            IdleDeadline = values.Long("connections.max.idle.ms") is var idle and >= 0 and <= int.MaxValue ? TimeSpan.FromMilliseconds(idle) : Longest,
            FrameStallDeadline = reader.Duration(at + "stall-deadline", Millisecond),
            FrameMinBytesPerSecond = reader.Integer(at + "min-bytes-per-second", 0, int.MaxValue),
            SendStallDeadline = reader.Duration(at + "unread-deadline", Millisecond),
            MaxConnections = values.Int("max.connections"),
            MaxConnectionsPerIp = values.Int("max.connections.per.ip"),
            MaxConnectionsPerIpOverrides = Overrides(reader, values),
            DrainDeadline = reader.Duration("streamactors.shutdown.drain", TimeSpan.Zero),
        };
    }

    private static Dictionary<IPAddress, int> Overrides(SettingsReader reader, ConfigValues values)
    {
        const string setting = "max.connections.per.ip.overrides";
        var overrides = new Dictionary<IPAddress, int>();
        foreach (var text in (values.Raw(setting) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = text.LastIndexOf(':');
            if (colon > 0 && IPAddress.TryParse(text[..colon].Trim('[', ']'), out var address) && int.TryParse(text.AsSpan(colon + 1), out var count) && count >= 0)
                overrides[address] = count;
            else
                reader.Problems.Add($"{reader.Place($"{KafkaSettings.PathText}.{setting}")}: {setting} must be ADDRESS:COUNT, comma separated, but has '{text}'");
        }

        return overrides;
    }

    private static ClusterSettings Cluster(SettingsReader reader)
    {
        const string at = "streamactors.cluster.";
        var host = reader.Text(at + "host");
        var seeds = reader.Words(at + "seed-nodes");
        foreach (var seed in seeds)
        {
            var colon = seed.LastIndexOf(':');
            if (colon <= 0 || !ushort.TryParse(seed.AsSpan(colon + 1), out var port) || port == 0)
                reader.Problems.Add($"{reader.Place(at + "seed-nodes")}: {at}seed-nodes must be a list of host:port, but has '{seed}'");
        }

        return new ClusterSettings(
            reader.Text(at + "name"),
            host,
            reader.Integer(at + "port", 0, 65535),
            reader.TextOrNull(at + "public-host") ?? host,
            reader.IntegerOrNull(at + "public-port", 1, 65535),
            seeds,
            reader.Duration(at + "join-timeout", TimeSpan.FromSeconds(1)));
    }
}
