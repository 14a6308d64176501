using System.Buffers.Binary;
using StreamActors.Client.Connections;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Transport;
using StreamActors.Protocol.Wire;

namespace StreamActors.Client.Tests.Support;

/// <summary>
/// Brokers in memory that speak the protocol with the generated messages: they answer what an ordinary broker would, unless the test
/// scripts it otherwise. Everything runs on the test's own thread context; time stands still unless the test moves it.
/// </summary>
internal sealed class FakeCluster : IAsyncDisposable
{
    private readonly InMemoryTransport network;
    private readonly List<FakeBroker> brokers = [];

    public FakeCluster(TimeProvider time, int brokerCount = 1)
    {
        network = new InMemoryTransport(time);
        Time = time;
        for (var id = 1; id <= brokerCount; id++) brokers.Add(new FakeBroker(this, id));
    }

    public TimeProvider Time { get; }

    public Dictionary<string, FakeTopic> Topics { get; } = [];

    public Dictionary<TopicPartition, FakeLog> Logs { get; } = [];

    /// <summary>Every request, in the order in which brokers got them.</summary>
    public List<(int Broker, ApiKey Key, short Version, IRequestMessage Request)> Requests { get; } = [];

    public FakeBroker this[int id] => brokers[id - 1];

    public IReadOnlyList<FakeBroker> Brokers => brokers;

    public KafkaClientOptions Options => new()
    {
        BootstrapServers = [new BrokerAddress("broker1", 9092)],
        Transport = network,
        Time = Time,
        Random = new Random(7),
    };

    public static async Task<FakeCluster> StartAsync(TimeProvider time, int brokerCount = 1)
    {
        var cluster = new FakeCluster(time, brokerCount);
        foreach (var broker in cluster.brokers) await broker.StartAsync(cluster.network);
        return cluster;
    }

    public void AddTopic(string name, int partitions = 1)
    {
        Topics[name] = new FakeTopic(Guid.NewGuid(), [.. Enumerable.Range(0, partitions).Select(p => 1 + (p % brokers.Count))]);
        for (var p = 0; p < partitions; p++) Logs[new TopicPartition(name, p)] = new FakeLog();
    }

    public string NameOf(Guid id) => Topics.First(t => t.Value.Id == id).Key;

    public IEnumerable<T> Sent<T>() where T : IRequestMessage => Requests.ToArray().Select(r => r.Request).OfType<T>();

    public async ValueTask DisposeAsync()
    {
        foreach (var broker in brokers) await broker.StopAsync();
    }
}

internal sealed record FakeTopic(Guid Id, List<int> Leaders)
{
    public int LeaderEpoch { get; set; } = 3;
}

internal sealed class FakeBroker(FakeCluster cluster, int id)
{
    private readonly List<ITransportConnection> connections = [];
    private ITransportListener? listener;
    private ITransport? network;

    public int Id => id;

    /// <summary>Looks at a request before the ordinary answer is made: another answer, or null for the ordinary one.</summary>
    public Func<IRequestMessage, short, IResponseMessage?>? Script { get; set; }

    /// <summary>What it does instead of answering: true and the answer is kept back until <see cref="Release"/>.</summary>
    public Func<IRequestMessage, bool>? Holds { get; set; }

    /// <summary>Breaks the connection after having handled a request, so that its answer is lost.</summary>
    public Func<IRequestMessage, bool>? LosesAnswer { get; set; }

    public Func<byte[], byte[]>? Distorts { get; set; }

    public ApiVersionsResponse Versions { get; set; } = AllVersions();

    private readonly List<TaskCompletionSource> held = [];

    public int ConnectionCount { get; private set; }

    public int HeldCount
    {
        get
        {
            lock (held) return held.Count;
        }
    }

    public void Release()
    {
        TaskCompletionSource[] all;
        lock (held)
        {
            all = [.. held];
            held.Clear();
            Holds = null;
        }

        foreach (var each in all) each.TrySetResult();
    }

    public async Task StartAsync(ITransport transport)
    {
        network = transport;
        listener = await network.ListenAsync($"broker{id}", 9092);
        _ = AcceptAsync(listener);
    }

    public Task RestartAsync() => StartAsync(network!);

    public async Task StopAsync()
    {
        if (listener is not null) await listener.DisposeAsync();
        CloseConnections();
    }

    public void CloseConnections()
    {
        ITransportConnection[] all;
        lock (connections)
        {
            all = [.. connections];
            connections.Clear();
        }

        foreach (var connection in all) connection.Abort();
    }

    public static ApiVersionsResponse AllVersions(Func<ApiInfo, bool>? where = null) => new()
    {
        ApiKeys =
        [
            .. ApiKeys.All.Where(where ?? (_ => true)).Select(a => new ApiVersionsResponse.ApiVersion
            {
                ApiKey = (short)a.Key, MinVersion = a.LowestVersion, MaxVersion = a.LatestStable,
            }),
        ],
    };

    private async Task AcceptAsync(ITransportListener from)
    {
        try
        {
            while (true)
            {
                var connection = await from.AcceptAsync();
                lock (connections) connections.Add(connection);
                ConnectionCount++;
                _ = ServeAsync(connection);
            }
        }
        catch (ObjectDisposedException)
        {
            return;
        }
    }

    private async Task ServeAsync(ITransportConnection connection)
    {
        try
        {
            while (await ResponseFrames.ReadAsync(connection, int.MaxValue) is { } frame)
            {
                var (header, request) = Read(frame);
                lock (cluster.Requests) cluster.Requests.Add((id, (ApiKey)header.RequestApiKey, header.RequestApiVersion, request));
                var response = Script?.Invoke(request, header.RequestApiVersion) ?? FakeHandlers.Answer(cluster, this, request, header.RequestApiVersion);
                // A real broker waits for data; one that does not would be asked again without end while virtual time stands still.
                if (request is FetchRequest fetch && FakeHandlers.IsEmpty(response)) await Task.Delay(TimeSpan.FromMilliseconds(fetch.MaxWaitMs), cluster.Time);
                if (Holds?.Invoke(request) == true)
                {
                    var hold = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    lock (held) held.Add(hold);
                    await hold.Task;
                }

                if (LosesAnswer?.Invoke(request) == true)
                {
                    connection.Abort();
                    return;
                }

                if (response is null) continue;
                var bytes = Encode(header, response);
                if (Distorts is { } distort) bytes = distort(bytes);
                await connection.SendAsync(bytes);
            }
        }
        catch (Exception e) when (TransportErrors.IsConnectionLoss(e) || e is WireFormatException)
        {
            connection.Dispose();
        }
    }

    private static (RequestHeader Header, IRequestMessage Request) Read(byte[] frame)
    {
        var reader = new WireReader(frame);
        var header = FrameHeaders.ReadRequestHeader(ref reader);
        return (header, ApiMessages.ReadRequest((ApiKey)header.RequestApiKey, header.RequestApiVersion, ref reader));
    }

    private static byte[] Encode(RequestHeader header, IResponseMessage response)
    {
        var isRefusal = response is ApiVersionsResponse { ErrorCode: (short)ErrorCode.UnsupportedVersion };
        using var frame = ResponseFrame.Create(isRefusal ? (short)0 : header.RequestApiVersion, header.CorrelationId, response);
        return frame.ToArray();
    }
}
