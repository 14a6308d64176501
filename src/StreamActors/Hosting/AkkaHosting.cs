using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using StreamActors.Broker.Node;
using StreamActors.Cluster.Hosting;
using StreamActors.Cluster.Membership;
using StreamActors.Configuration;
using StreamActors.Protocol;
using StreamActors.Storage;

namespace StreamActors.Hosting;

/// <summary>The actor system of a node: its configuration, roles and setups. What runs on it is listed in NodeRuntime.</summary>
internal static class AkkaHosting
{
    public static void Configure(AkkaConfigurationBuilder builder, ServerSettings settings, LogDirectory directory)
    {
        var config = Complete(settings);
        if (RemoteSecurity.Fault(config) is { } fault) throw new StreamActors.Configuration.ConfigurationException([fault]);
        builder.AddHocon(config, HoconAddMode.Replace);
        builder.AddSetup(AkkaNode.Journal(directory, TimeProvider.System));
        builder.ConfigureLoggers(loggers =>
        {
            loggers.ClearLoggers();
            loggers.AddLoggerFactory();
        });
    }

    /// <summary>The nodes that this one asks to join; none: it is alone and joins itself.</summary>
    public static IReadOnlyList<Address> Seeds(ServerSettings settings, Address self) =>
        [.. settings.Cluster.SeedNodes.Select(seed => Address.Parse($"{self.Protocol}://{settings.Cluster.Name}@{seed}"))];

    private static Config Complete(ServerSettings settings)
    {
        var roles = new List<string> { NodeRoles.Broker, NodeRoles.Of(new BrokerId(settings.NodeId)) };
        if (settings.IsController) roles.Add(NodeRoles.Controller);
        if (settings.Rack is { } rack) roles.Add(NodeRoles.OfRack(rack));
        var drain = (int)settings.Shutdown.Drain.TotalSeconds + 2;
        var flush = (int)settings.Shutdown.Flush.TotalSeconds + 2;
        var node = $$"""
            akka.cluster.roles = [{{string.Join(", ", roles.Select(role => $"\"{role}\""))}}]
            akka.coordinated-shutdown.phases {
              service-unbind.timeout = {{drain}}s
              service-stop.timeout = {{flush}}s
            }
            """;
        return ConfigurationFactory.ParseString(node).WithFallback(AkkaDefaults.Complete(settings.ToAkkaHocon()));
    }
}
