using System.Globalization;
using StreamActors.Broker.Node;
using StreamActors.Cluster.Configs;
using StreamActors.Cluster.Metadata;
using StreamActors.Configuration;
using StreamActors.Gateway.Connection;
using StreamActors.Protocol;

namespace StreamActors.Hosting;

/// <summary>What the rooms of the house are told of the configuration, each in its own words.</summary>
internal static class NodeOptionsReader
{
    public static NodeOptions Node(ServerSettings settings, IReadOnlyList<BrokerListener> listeners, bool mayFound)
    {
        var values = ConfigValues.OfBroker(BrokerConfigLayers.OfStatic(settings.Kafka));
        return new NodeOptions
        {
            Id = new BrokerId(settings.NodeId),
            Listeners = listeners,
            Rack = settings.Rack,
            MayControl = settings.IsController,
            MayFound = mayFound,
            Controller = new Cluster.Controller.ControllerSettings
            {
                DefaultPartitions = values.Int("num.partitions"),
                DefaultReplicationFactor = short.Parse(values.Raw("default.replication.factor") ?? "1", CultureInfo.InvariantCulture),
                DeleteTopicEnable = values.Raw("delete.topic.enable") != "false",
                StaticBrokerConfigs = settings.Kafka,
            },
            Replicas = new Broker.Replicas.ReplicaSettings
            {
                PassivateAfter = settings.Replicas.PassivateAfter,
                RestartBackoff = settings.Replicas.RestartBackoff,
                MaxRestartBackoff = settings.Replicas.RestartBackoffMax,
            },
            StaticConfigs = settings.Kafka,
        };
    }

    public static ConnectionLimits Limits(ServerSettings settings)
    {
        var connections = settings.Connections;
        var total = connections.TotalBytesInFlight > 0 ? connections.TotalBytesInFlight : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;
        return new ConnectionLimits
        {
            MaxFrameBytes = connections.MaxRequestBytes,
            RequestMemoryBytes = Math.Max(total, 2L * connections.MaxRequestBytes),
            MaxInFlightBytes = connections.BytesInFlight,
            IdleDeadline = connections.IdleTimeout ?? Timeout.InfiniteTimeSpan,
            FrameStallDeadline = connections.ReadTimeout,
            SendStallDeadline = connections.WriteTimeout,
            MaxConnections = connections.MaxConnections,
            MaxConnectionsPerIp = connections.MaxConnectionsPerIp,
            DrainDeadline = settings.Shutdown.DrainConnections,
        };
    }
}
