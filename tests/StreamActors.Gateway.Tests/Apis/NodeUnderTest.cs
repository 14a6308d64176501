using Akka.Actor;
using Akka.Actor.Setup;
using Microsoft.Extensions.Logging.Abstractions;
using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Broker.Node;
using StreamActors.Cluster;
using StreamActors.Cluster.Hosting;
using StreamActors.Cluster.Metadata;
using StreamActors.Gateway.Apis;
using StreamActors.Gateway.Apis.Seams;
using StreamActors.Gateway.Connection;
using StreamActors.Gateway.Listeners;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Transport;
using StreamActors.Storage;
using StreamActors.Storage.Files;

namespace StreamActors.Gateway.Tests.Apis;

/// <summary>A whole node in this process: a cluster of one, its log, its gateway on a free port.</summary>
public sealed class NodeUnderTest : IAsyncLifetime, INodeFate
{
    private readonly string folder = Directory.CreateTempSubdirectory("streamactors-").FullName;
    private LogDirectories directories = null!;
    private ActorSystem system = null!;
    private GatewayServer gateway = null!;
    private NodeRuntime runtime = null!;
    private int port;

    /// <summary>How many data folders it has.</summary>
    internal int Folders { get; init; } = 1;

    internal GatewayServices Services { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var transport = new SocketTransport();
        gateway = new GatewayServer(new ConnectionServices(new ConnectionLimits(), TimeProvider.System, NullLogger.Instance));
        (port, _) = await gateway.BindAsync(new ListenerOptions("PLAINTEXT", "localhost", 0, transport));
        var options = new NodeOptions { Id = new BrokerId(1), Listeners = [new BrokerListener("PLAINTEXT", "localhost", port, 0)] };
        directories = LogDirectories.Open(PhysicalDisk.Instance, [.. Enumerable.Range(0, Folders).Select(index => Path.Combine(folder, $"{index}"))], null, options.Id, Guid.NewGuid);
        var setup = ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(AkkaDefaults.Complete("akka.cluster.roles = [broker, controller, \"broker-1\"]\n" + AkkaDefaults.Text)),
            AkkaNode.Journal(directories.Metadata, TimeProvider.System));
        system = ActorSystem.Create("streamactors", setup);
        await ClusterNode.JoinAsync(system, []);
        var groups = new GroupSettings { InitialRebalanceDelayMs = 0 };
        runtime = NodeRuntime.Start(
            system,
            options,
            AkkaNode.Seams(system, options, directories, TimeProvider.System, Guid.NewGuid, this),
            (runtime, replica) => GroupTopic.CoordinatorOf(replica, groups, TimeProvider.System, Guid.NewGuid, runtime.Metadata));
        await runtime.Ready.WaitAsync(Support.Eventually.Patience);
        var random = new Random(1);
        Services = new GatewayServices
        {
            Self = options.Id,
            Metadata = runtime.Metadata,
            Partitions = runtime.Directory,
            LogDirs = runtime.LogDirs,
            Moves = runtime.Moves,
            Controller = new ControllerRequests(runtime.Controller, runtime.Metadata, TimeProvider.System),
            Groups = new GroupCoordinatorClient(runtime.Directory, runtime.Metadata, options.Id, TimeProvider.System, groups),
            Time = TimeProvider.System,
            Logger = NullLogger.Instance,
            NextSessionId = random.Next,
            OffsetsTopicPartitions = 3,
        };
        gateway.Start(system, Services.CreateProcessor());
    }

    internal async Task<ITransportConnection> ConnectAsync() => await new SocketTransport().ConnectAsync("localhost", port);

    internal static async Task<T> AskAsync<T>(ITransportConnection client, Protocol.Wire.IRequestMessage request, short version) =>
        (T)await DispatcherTests.AskAsync(client, request, version);

    internal static async Task<Guid> CreateTopicAsync(ITransportConnection client, string name, int partitions = 1)
    {
        CreateTopicsResponse created;
        do
        {
            // A machine that stood still for seconds may have lost sight of its controller.
            created = await AskAsync<CreateTopicsResponse>(
                client, new CreateTopicsRequest { Topics = [new() { Name = name, NumPartitions = partitions, ReplicationFactor = 1 }], TimeoutMs = 100_000 }, 7);
        }
        while (created.Topics[0].ErrorCode == (short)ErrorCode.NotController);

        Assert.Equal((short)0, Assert.Single(created.Topics).ErrorCode);
        return created.Topics[0].TopicId;
    }

    public void End(ExitCode code, string reason)
    {
    }

    public async Task DisposeAsync()
    {
        await gateway.DisposeAsync();
        await runtime.StopAsync(Support.Eventually.Patience);
        await system.Terminate();
        directories.Close(clean: true);
        Directory.Delete(folder, recursive: true);
    }
}
