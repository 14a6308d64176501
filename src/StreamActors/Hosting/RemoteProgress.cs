using StreamActors.Broker.Progress;
using StreamActors.Client;
using StreamActors.Client.Admin;
using StreamActors.Client.Connections;
using StreamActors.Client.Errors;
using StreamActors.Cluster.Metadata;
using StreamActors.Configuration;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Hosting;

/// <summary>Asks other brokers as a client does, over a plain listener. The client is made when there is something to ask: most nodes never have, and a start need not load it.</summary>
internal sealed class RemoteProgress : IRemoteProgress, IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly Lazy<KafkaGroups> client;

    private RemoteProgress(BrokerAddress self) => client = new Lazy<KafkaGroups>(() => new KafkaGroups(new KafkaClientOptions
    {
        BootstrapServers = [self],
        ClientId = "streamactors-metrics",
        RequestTimeout = Timeout,
        ConnectTimeout = Timeout,
        ApiTimeout = Timeout,
        AllowAutoTopicCreation = false,
    }));

    /// <summary>Null where no listener is plain: then this node has nothing to show to another one.</summary>
    public static RemoteProgress? Over(IEnumerable<BrokerListener> listeners) =>
        listeners.FirstOrDefault(listener => listener.SecurityProtocol == (short)SecurityProtocol.Plaintext) is { } plain ? new RemoteProgress(new BrokerAddress(plain.Host, plain.Port)) : null;

    public async ValueTask<IReadOnlyDictionary<TopicPartition, DescribeGroupProgressResponse.LogProgress>?> AskAsync(
        BrokerId leader, IReadOnlyDictionary<TopicPartition, Offset> positions)
    {
        try
        {
            return (await client.Value.DescribePartitionsAsync(leader, positions)).ToDictionary(each => each.Partition, ToLog);
        }
        catch (KafkaException)
        {
            // It is away, or older than this question.
            return null;
        }
    }

    public ValueTask DisposeAsync() => client.IsValueCreated ? client.Value.DisposeAsync() : ValueTask.CompletedTask;

    private static DescribeGroupProgressResponse.LogProgress ToLog(GroupPartition partition) => new()
    {
        ErrorCode = (short)partition.Error,
        LeaderId = partition.Leader.Value,
        LogStartOffset = partition.LogStart ?? -1,
        LastStableOffset = partition.LastStable ?? -1,
        HighWatermark = partition.End ?? -1,
        LogEndOffset = partition.LogEnd ?? -1,
        LagMs = partition.LagTime is { } age ? (long)age.TotalMilliseconds : -1,
    };
}
