using Akka.Actor;
using Akka.Actor.Setup;
using StreamActors.Broker.Node;
using StreamActors.Broker.Replicas;
using StreamActors.Cluster;
using StreamActors.Cluster.Hosting;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Storage;
using StreamActors.Storage.Files;

namespace StreamActors.Benchmarks.Replicas;

/// <summary>A node below the gateway in this process, as the server puts it together, on a given disk.</summary>
internal sealed class BenchmarkNode : IAsyncDisposable, INodeFate
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly LogDirectory directory;
    private readonly NodeRuntime runtime;

    private BenchmarkNode(LogDirectory directory, ActorSystem system, NodeOptions options)
    {
        this.directory = directory;
        System = system;
        runtime = NodeRuntime.Start(system, options, AkkaNode.Seams(system, options, LogDirectories.Of(directory), TimeProvider.System, Guid.NewGuid, this), (_, _) => null);
    }

    public ActorSystem System { get; }

    public static async Task<BenchmarkNode> StartAsync(IDisk disk, string folder, ReplicaSettings? replicas = null)
    {
        var options = new NodeOptions
        {
            Id = new BrokerId(1),
            Listeners = [new BrokerListener("PLAINTEXT", "localhost", 9092, 0)],
            Replicas = replicas ?? new ReplicaSettings(),
        };
        var logs = LogDirectory.Open(disk, folder, options.Id, Guid.NewGuid(), OpenFiles.OfProcess());
        var config = AkkaDefaults.Complete(AkkaDefaults.Text + "\nakka.loglevel = ERROR\nakka.cluster.roles = [broker, controller, broker-1]\n");
        var system = ActorSystem.Create("streamactors", ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(config), AkkaNode.Journal(logs, TimeProvider.System)));
        await ClusterNode.JoinAsync(system, []);
        var node = new BenchmarkNode(logs, system, options);
        await node.runtime.Ready.WaitAsync(Patience);
        return node;
    }

    /// <summary>Creates a topic of many partitions, and wakes each.</summary>
    public async Task<ReplicaHandle[]> CreateAwakeAsync(string topic, int partitions)
    {
        var created = await runtime.Controller.SendAsync<CreateTopicsResponse>(
            new CreateTopicsRequest { Topics = [new() { Name = topic, NumPartitions = partitions, ReplicationFactor = 1 }] }, Patience);
        var id = new TopicId(created.Response!.Topics[0].TopicId);
        while (runtime.Metadata.Current.Topic(id) is null) await Task.Delay(5);
        var handles = new ReplicaHandle[partitions];
        for (var partition = 0; partition < partitions; partition++)
        {
            var (error, handle) = await runtime.Directory.WakeAsync(new TopicIdPartition(id, partition), Patience);
            handles[partition] = handle ?? throw new InvalidOperationException($"{topic}-{partition} does not wake: {error}");
        }

        return handles;
    }

    public async Task<ReplicaHandle> CreateAsync(string topic)
    {
        var created = await runtime.Controller.SendAsync<CreateTopicsResponse>(
            new CreateTopicsRequest { Topics = [new() { Name = topic, NumPartitions = 1, ReplicationFactor = 1 }] }, Patience);
        var id = new TopicId(created.Response!.Topics[0].TopicId);
        while (runtime.Metadata.Current.Topic(id) is null) await Task.Delay(5);
        var (error, handle) = await runtime.Directory.WakeAsync(new TopicIdPartition(id, 0), Patience);
        return handle ?? throw new InvalidOperationException($"{topic} does not wake: {error}");
    }

    public void End(ExitCode code, string reason) => throw new InvalidOperationException($"The node ended with {code}: {reason}");

    public async ValueTask DisposeAsync()
    {
        await runtime.StopAsync(TimeSpan.FromSeconds(5));
        await System.Terminate();
        directory.Close(clean: false);
    }
}
