using System.Net.Sockets;
using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.Logging;
using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Broker.Node;
using StreamActors.Broker.Progress;
using StreamActors.Cluster;
using StreamActors.Cluster.Configs;
using StreamActors.Cluster.Hosting;
using StreamActors.Cluster.Metadata;
using StreamActors.Configuration;
using StreamActors.Gateway.Apis;
using StreamActors.Gateway.Connection;
using StreamActors.Gateway.Listeners;
using StreamActors.Protocol;
using StreamActors.Protocol.Transport;
using StreamActors.Storage;

namespace StreamActors.Hosting;

/// <summary>
/// A node from its actor system's start to its stop. The listeners are bound first, so that their ports are known and taken
/// before the controller hears of this broker; they accept when it has taken it in.
/// </summary>
internal sealed class NodeService(ServerSettings settings, LogDirectories directories, ServerFate fate, ILoggerFactory loggers, StartReport report)
{
    private static readonly TimeSpan RegistrationTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan WakeTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AfterStart = TimeSpan.FromSeconds(3);

    public async Task StartAsync(ActorSystem system, IActorRegistry registry)
    {
        var self = Akka.Cluster.Cluster.Get(system).SelfAddress;
        var seeds = AkkaHosting.Seeds(settings, self);
        var gateway = new GatewayServer(new ConnectionServices(settings.Connections, TimeProvider.System, loggers.CreateLogger("StreamActors.Gateway")));
        if (await BindAsync(gateway) is not { } listeners) return;
        if (!await InTimeAsync(ClusterNode.JoinAsync(system, seeds), settings.Cluster.JoinTimeout, "The node did not become a member of the cluster in time.")) return;
        ClusterNode.EndWhenRemoved(system, fate, () => fate.IsStopping);

        var options = NodeOptionsReader.Read(settings, listeners, mayFound: seeds.Count == 0 || seeds[0].Equals(self));
        var groups = GroupSettings.Of(settings.Kafka);
        GroupConfigs? configs = null;
        var seams = AkkaNode.Seams(system, options, directories, TimeProvider.System, Guid.NewGuid, fate);
        var node = NodeRuntime.Start(system, options, seams, (runtime, replica) =>
        {
            configs ??= new GroupConfigs(runtime.Metadata, options.Id, settings.Kafka);
            return GroupTopic.CoordinatorOf(replica, groups with { ConfigOf = configs.For }, runtime.Clock, Guid.NewGuid, runtime.Metadata);
        });
        var services = Services(node, groups);
        var others = RemoteProgress.Over(listeners);
        var lag = new GroupLagMetrics(services.Groups, services.Progress, others, node.Clock, settings.GroupLag, failure => services.Logger.LagNotMeasured(failure));
        StopInOrder(system, gateway, node, lag, others);
        if (!await InTimeAsync(node.Ready, RegistrationTimeout, "No controller has taken this broker in.")) return;
        gateway.Start(system, services.CreateProcessor());
        report.Ready(node.Metadata.Current.ClusterId, listeners);
        system.Scheduler.Advanced.ScheduleOnce(AfterStart, ReturnMemoryOfStart);
    }

    private GatewayServices Services(NodeRuntime node, GroupSettings groups)
    {
        var values = ConfigValues.OfBroker(BrokerConfigLayers.OfStatic(settings.Kafka));
        return new GatewayServices
        {
            Self = node.Options.Id,
            Metadata = node.Metadata,
            Partitions = node.Directory,
            LogDirs = node.LogDirs,
            Moves = node.Moves,
            Controller = new Gateway.Apis.Seams.ControllerRequests(node.Controller, node.Metadata, node.Clock),
            Groups = new GroupCoordinatorClient(node.Directory, node.Metadata, node.Options.Id, node.Clock, groups),
            Time = node.Clock,
            Logger = loggers.CreateLogger("StreamActors.Gateway"),
            NextSessionId = () => System.Security.Cryptography.RandomNumberGenerator.GetInt32(1, int.MaxValue),
            Fetch = new Gateway.Apis.Fetching.FetchSettings
            {
                MaxBytes = values.Int("fetch.max.bytes"),
                SessionSlots = values.Int("max.incremental.fetch.session.cache.slots"),
            },
            StaticConfigs = settings.Kafka,
            AutoCreateTopics = values.Boolean("auto.create.topics.enable"),
            OffsetsTopicPartitions = values.Int("offsets.topic.num.partitions"),
            OffsetsTopicReplicationFactor = 1,
            MaxDescribedPartitions = values.Int("max.request.partition.size.limit"),
            WakeTimeout = WakeTimeout,
        };
    }

    /// <summary>A start leaves some ten MB of garbage, which a node that then has little to do would keep for hours.</summary>
    private static void ReturnMemoryOfStart() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    /// <returns>Where clients reach this broker; null where an address cannot be had.</returns>
    private async Task<IReadOnlyList<BrokerListener>?> BindAsync(GatewayServer gateway)
    {
        var listeners = new List<BrokerListener>();
        foreach (var listener in settings.Listeners)
        {
            try
            {
                var (port, _) = await gateway.BindAsync(new ListenerOptions(listener.Name, listener.Host, listener.Port, ListenerTransports.Of(listener, settings)));
                listeners.Add(new BrokerListener(
                    listener.Name, listener.AdvertisedHost, listener.AdvertisedPort == 0 ? port : listener.AdvertisedPort, (short)listener.Protocol));
            }
            catch (SocketException failure)
            {
                fate.End(ExitCode.AddressUnavailable, $"{listener} cannot be listened on: {failure.Message}.");
                return null;
            }
        }

        return listeners;
    }

    private async Task<bool> InTimeAsync(Task task, TimeSpan timeout, string failure)
    {
        try
        {
            await task.WaitAsync(timeout);
            return true;
        }
        catch (TimeoutException)
        {
            fate.End(ExitCode.JoinFailed, failure);
            return false;
        }
    }

    /// <summary>A stop in order: no new connections, requests in work finish, replicas close their logs, the node leaves the cluster.</summary>
    private void StopInOrder(ActorSystem system, GatewayServer gateway, NodeRuntime node, GroupLagMetrics lag, RemoteProgress? others)
    {
        var shutdown = CoordinatedShutdown.Get(system);
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "listeners", async () =>
        {
            lag.Dispose();
            if (others is not null) await others.DisposeAsync();
            await gateway.StopAsync();
            return Akka.Done.Instance;
        });
        shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "replicas", async () =>
        {
            await node.StopAsync(settings.Shutdown.Flush);
            return Akka.Done.Instance;
        });
    }
}
