using Akka.Actor;
using Akka.Actor.Setup;
using StreamActors.Broker.Node;
using StreamActors.Broker.Replicas;
using StreamActors.Cluster;
using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Hosting;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Records;
using StreamActors.Storage;
using StreamActors.Storage.Files;

namespace StreamActors.Broker.Tests.Node;

/// <summary>A node below the gateway, a real cluster of one, in this process.</summary>
internal sealed class TestNode : IAsyncDisposable, INodeFate
{
    private readonly LogDirectories directories;
    private readonly ActorSystem system;

    private TestNode(LogDirectories directories, ActorSystem system, NodeOptions options)
    {
        this.directories = directories;
        this.system = system;
        Options = options;
        Runtime = null!;
    }

    public NodeOptions Options { get; }

    public NodeRuntime Runtime { get; private set; }

    public ActorSystem System => system;

    public (ExitCode Code, string Reason)? Ended { get; private set; }

    public static async Task<TestNode> StartAsync(
        string folder, Func<NodeOptions, NodeOptions>? change = null, string extraConfig = "", bool waitUntilReady = true,
        Func<NodeRuntime, ReplicaHandle, Props?>? coordinators = null, TimeProvider? time = null, params string[] moreFolders)
    {
        var clock = time ?? TimeProvider.System;
        var options = new NodeOptions { Id = new BrokerId(1), Listeners = [new BrokerListener("PLAINTEXT", "localhost", 9092, 0)] };
        options = change?.Invoke(options) ?? options;
        var logs = LogDirectories.Open(PhysicalDisk.Instance, [folder, .. moreFolders], null, options.Id, Guid.NewGuid);
        var roles = $"akka.cluster.roles = [broker, controller, \"broker-{options.Id}\"]\n";
        var setup = ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(AkkaDefaults.Complete(AkkaDefaults.Text + "\n" + roles + extraConfig)), AkkaNode.Journal(logs.Metadata, clock));
        var actors = ActorSystem.Create("streamactors", setup);
        await ClusterNode.JoinAsync(actors, []);
        var node = new TestNode(logs, actors, options);
        node.Runtime = NodeRuntime.Start(actors, options, AkkaNode.Seams(actors, options, logs, clock, Guid.NewGuid, node), coordinators ?? ((_, _) => null));
        if (waitUntilReady) await node.Runtime.Ready.WaitAsync(Eventually.Patience);
        return node;
    }

    public void End(ExitCode code, string reason) => Ended ??= (code, reason);

    public async Task<TopicId> CreateTopicAsync(string name, int partitions = 1, params (string, string)[] configs)
    {
        var response = await AskControllerAsync<CreateTopicsResponse>(new CreateTopicsRequest
        {
            Topics =
            [
                new CreateTopicsRequest.CreatableTopic
                {
                    Name = name, NumPartitions = partitions, ReplicationFactor = 1,
                    Configs = [.. configs.Select(config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Item1, Value = config.Item2 })],
                },
            ],
        });
        Assert.Equal(ErrorCode.None, (ErrorCode)response.Topics[0].ErrorCode);
        var id = new TopicId(response.Topics[0].TopicId);
        await Eventually.Async(() => Runtime.Metadata.Current.Topic(id) is not null);
        return id;
    }

    /// <summary>What the controller decides; asked again where a machine that stood still for seconds has lost sight of it.</summary>
    public async Task<TResponse> AskControllerAsync<TResponse>(Protocol.Wire.IRequestMessage request)
        where TResponse : class, Protocol.Wire.IResponseMessage
    {
        StreamActors.Cluster.Controller.ControllerResult<TResponse> result = default;
        await Eventually.Async(async () =>
        {
            result = await Runtime.Controller.SendAsync<TResponse>(request, Eventually.Patience);
            return result.Error != ErrorCode.NotController;
        });
        Assert.Equal(ErrorCode.None, result.Error);
        return result.Response!;
    }

    public async Task<ReplicaHandle> WakeAsync(TopicId topic, int partition = 0)
    {
        var (error, handle) = await TryWakeAsync(new TopicIdPartition(topic, partition));
        Assert.Equal(ErrorCode.None, error);
        return handle!;
    }

    /// <summary>Asks again where the replica was just stopping: that it could not be had then says nothing.</summary>
    public async Task<(ErrorCode Error, ReplicaHandle? Handle)> TryWakeAsync(TopicIdPartition partition)
    {
        (ErrorCode Error, ReplicaHandle? Handle) answer = default;
        await Eventually.Async(async () =>
        {
            answer = await Runtime.Directory.WakeAsync(partition, Eventually.Patience);
            return answer.Error != ErrorCode.ReplicaNotAvailable;
        });
        return answer;
    }

    /// <summary>Appends to a partition that may fall asleep at any moment; it has slept after that where the handle that is returned is offline.</summary>
    public async Task<ReplicaHandle> AppendAsync(TopicId topic, string value, int partition = 0, long? timestamp = null)
    {
        ReplicaHandle? handle = null;
        await Eventually.Async(async () =>
        {
            handle = await WakeAsync(topic, partition);
            var error = (await AppendAsync(handle, value, timestamp: timestamp)).Error;
            if (error != ErrorCode.NotLeaderOrFollower) Assert.Equal(ErrorCode.None, error);
            return error == ErrorCode.None;
        });
        return handle!;
    }

    public static async Task<AppendOutcome> AppendAsync(ReplicaHandle handle, string value, RequiredAcks acks = RequiredAcks.All, long? timestamp = null)
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(timestamp is { } given ? new TimestampMs(given) : TimestampMs.Of(TimeProvider.System.GetUtcNow()), null, global::System.Text.Encoding.UTF8.GetBytes(value));
        var append = AwaitedAppend.Rent(builder.Build(), acks);
        handle.Actor.Tell(append, ActorRefs.NoSender);
        return await append.Answer.AsTask().WaitAsync(Eventually.Patience);
    }

    public static IReadOnlyList<string> ReadAll(ReplicaHandle handle)
    {
        var values = new List<string>();
        var reader = new RecordBatchReader(handle.View.Read(handle.View.LogStartOffset, int.MaxValue, true, Isolation.Uncommitted).Records.ToArray());
        while (reader.MoveNext())
        {
            Assert.Equal(BatchError.None, reader.Current.Open(1 << 20, out var opened));
            using (opened)
            {
                var records = opened.Read();
                while (records.MoveNext()) values.Add(global::System.Text.Encoding.UTF8.GetString(records.Current.Value!.Value.Span));
            }
        }

        return values;
    }

    /// <summary>Stops as a node does: replicas close their logs, then the folder is left clean.</summary>
    public async ValueTask DisposeAsync()
    {
        await Runtime.StopAsync(Eventually.Patience);
        await system.Terminate();
        directories.Close(clean: true);
    }

    /// <summary>Stops as a killed process does.</summary>
    public async ValueTask KillAsync()
    {
        await system.Terminate();
        directories.Close(clean: false);
    }
}

/// <summary>Waits for what others bring about. The deadline is for a test that fails: far beyond what a busy machine takes.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);

    public static Task Async(Func<bool> condition) => Async(() => Task.FromResult(condition()));

    public static async Task Async(Func<Task<bool>> condition)
    {
        var start = global::System.Diagnostics.Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(start.Elapsed < Patience, "The condition did not come true in time.");
            await Task.Delay(10);
        }
    }
}

internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("streamactors-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
