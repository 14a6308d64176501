using Microsoft.Extensions.Logging;
using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Broker.Progress;
using StreamActors.Broker.Replicas;
using StreamActors.Cluster.Metadata;
using StreamActors.Gateway.Apis.Fetching;
using StreamActors.Gateway.Apis.Seams;
using StreamActors.Gateway.Connection;
using StreamActors.Protocol;

namespace StreamActors.Gateway.Apis;

/// <summary>What the APIs need of the node.</summary>
public sealed class GatewayServices
{
    public required BrokerId Self { get; init; }

    public required IMetadataView Metadata { get; init; }

    public required PartitionDirectory Partitions { get; init; }

    /// <summary>The data folders of this broker.</summary>
    public required Storage.LogDirectories LogDirs { get; init; }

    public required ReplicaMoves Moves { get; init; }

    public required IControllerRequests Controller { get; init; }

    public required GroupCoordinatorClient Groups { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>Draws ids of fetch sessions: positive, and not to be guessed.</summary>
    public required Func<int> NextSessionId { get; init; }

    public FetchSettings Fetch { get; init; } = new();

    /// <summary>This broker's own settings, Kafka's names.</summary>
    public IReadOnlyDictionary<string, string> StaticConfigs { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary><c>auto.create.topics.enable</c>.</summary>
    public bool AutoCreateTopics { get; init; } = true;

    /// <summary><c>offsets.topic.num.partitions</c>.</summary>
    public int OffsetsTopicPartitions { get; init; } = 50;

    /// <summary><c>offsets.topic.replication.factor</c>.</summary>
    public short OffsetsTopicReplicationFactor { get; init; } = 1;

    /// <summary><c>max.request.partition.size.limit</c>.</summary>
    public int MaxDescribedPartitions { get; init; } = 2000;

    /// <summary>How long a request waits for a sleeping partition.</summary>
    public TimeSpan WakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The processor of all APIs, for a <see cref="Listeners.GatewayServer"/>.</summary>
    public IRequestProcessor CreateProcessor() => new RequestDispatcher(new ApiTable(this), Logger);

    /// <summary>How far partitions have come, seen from committed offsets.</summary>
    public PartitionProgress Progress => progress ??= new PartitionProgress(Partitions, Metadata, Self, Time);

    private PartitionProgress? progress;

    internal TimestampMs Now => TimestampMs.Of(Time.GetUtcNow());
}
