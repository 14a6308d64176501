using StreamActors.Broker.Node;
using StreamActors.Cluster.Metadata;
using StreamActors.Configuration;
using StreamActors.Protocol;

namespace StreamActors.Hosting;

/// <summary>What a node below the gateway is told of the configuration.</summary>
internal static class NodeOptionsReader
{
    public static NodeOptions Read(ServerSettings settings, IReadOnlyList<BrokerListener> listeners, bool mayFound) => new()
    {
        Id = new BrokerId(settings.NodeId),
        Listeners = listeners,
        Rack = settings.Rack,
        MayControl = settings.IsController,
        MayFound = mayFound,
        Controller = settings.Controller,
        Replicas = settings.Replicas,
        StaticConfigs = settings.Kafka,
    };
}
