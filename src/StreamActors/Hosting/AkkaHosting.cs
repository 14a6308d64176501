using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Hosting;
using Akka.Remote.Transport.DotNetty;
using StreamActors.Broker.Node;
using StreamActors.Cluster.Hosting;
using StreamActors.Cluster.Membership;
using StreamActors.Configuration;
using StreamActors.Protocol;
using StreamActors.Protocol.Transport;
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
        if (Tls(settings) is { } tls) builder.AddSetup(tls);
        builder.ConfigureLoggers(loggers =>
        {
            loggers.ClearLoggers();
            loggers.AddLoggerFactory();
        });
    }

    /// <summary>The nodes that this one asks to join; none: it is alone and joins itself.</summary>
    public static IReadOnlyList<Address> Seeds(ServerSettings settings) =>
        [.. settings.Cluster.SeedNodes.Select(seed => Address.Parse($"akka.{Scheme(settings)}://{settings.Cluster.Name}@{seed}"))];

    private static string Scheme(ServerSettings settings) => settings.Cluster.Tls is null ? "tcp" : "ssl.tcp";

    private static Config Complete(ServerSettings settings)
    {
        var cluster = settings.Cluster;
        var roles = new List<string> { NodeRoles.Broker, NodeRoles.Of(new BrokerId(settings.NodeId)) };
        if (settings.IsController) roles.Add(NodeRoles.Controller);
        if (settings.Rack is { } rack) roles.Add(NodeRoles.OfRack(rack));
        var drain = (int)settings.Shutdown.DrainConnections.TotalSeconds + 2;
        var flush = (int)settings.Shutdown.FlushLogs.TotalSeconds + 2;
        var node = $$"""
            akka.cluster.roles = [{{string.Join(", ", roles.Select(role => $"\"{role}\""))}}]
            akka.remote.dot-netty.tcp {
              bind-hostname = "{{cluster.Host}}"
              hostname = "{{cluster.PublicHost}}"
              port = {{cluster.Port}}
              {{(cluster.PublicPort is { } port ? $"public-port = {port}" : "")}}
              enable-ssl = {{(cluster.Tls is null ? "off" : "on")}}
              ssl.require-mutual-authentication = on
              ssl.suppress-validation = off
            }
            akka.coordinated-shutdown.phases {
              service-unbind.timeout = {{drain}}s
              service-stop.timeout = {{flush}}s
            }
            streamactors.dispatchers.replica.dedicated-thread-pool.thread-count = {{settings.Replicas.DiskThreads}}
            """;
        return ConfigurationFactory.ParseString(node).WithFallback(AkkaDefaults.Complete(settings.ToAkkaHocon()));
    }

    private static Setup? Tls(ServerSettings settings)
    {
        if (settings.Cluster.Tls is not { } tls) return null;
        var (own, _) = TlsCertificates.LoadKeyPair(tls.Certificate, password: tls.Password);
        var trusted = new TlsOptions { Certificate = own, TrustedRoots = TlsCertificates.LoadTrustedRoots(tls.Authority), VerifyHostName = false };
        return new DotNettySslSetup(
            own, suppressValidation: false, requireMutualAuthentication: true, (certificate, _, _, _, _) => certificate is not null && trusted.Trusts(certificate));
    }
}
