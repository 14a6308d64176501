using StreamActors.Broker.Replicas;
using StreamActors.Cluster.Metadata;
using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;
using StreamActors.Storage;

namespace StreamActors.Gateway.Apis.Fetching;

/// <summary>What one pass over the partitions found.</summary>
internal sealed class FetchFindings
{
    public List<(FetchedPartition Partition, FetchResponse.PartitionData Data)> Partitions { get; } = [];

    /// <summary>The replicas that were read, for whoever waits for more.</summary>
    public HashSet<ReplicaHandle> Handles { get; } = [];

    public long Bytes { get; set; }

    /// <summary>An error, or news that is no record: not to be held back.</summary>
    public bool IsUrgent { get; set; }
}

/// <summary>Reads partitions for one fetch: from the replicas' published views, within the request's bytes.</summary>
internal sealed class FetchReader(GatewayServices services, RequestContext context, FetchRequest request)
{
    private readonly Isolation isolation = ReplicaId(request) >= 0 ? Isolation.LogEnd
        : request.IsolationLevel == 1 ? Isolation.Committed
        : Isolation.Uncommitted;

    public static int ReplicaId(FetchRequest request) => request.ReplicaState.ReplicaId >= 0 ? request.ReplicaState.ReplicaId : request.ReplicaId;

    public async ValueTask<FetchFindings> ReadAsync(IReadOnlyList<FetchedPartition> partitions)
    {
        var image = services.Metadata.Current;
        var findings = new FetchFindings();
        var room = Math.Min(request.MaxBytes, services.Fetch.MaxBytes);
        foreach (var partition in partitions)
        {
            var data = await ReadAsync(image, partition, findings, room);
            room -= data.Records.Length;
            findings.Bytes += data.Records.Length;
            findings.IsUrgent |= data.ErrorCode != (short)ErrorCode.None || data.DivergingEpoch.EndOffset >= 0;
            findings.Partitions.Add((partition, data));
        }

        return findings;
    }

    private async ValueTask<FetchResponse.PartitionData> ReadAsync(MetadataImage image, FetchedPartition wanted, FetchFindings findings, int room)
    {
        var key = wanted.Key;
        var byId = context.ApiVersion >= 13;
        var topic = byId ? image.Topic(key.TopicId) : image.Topic(key.Name);
        if (topic is null) return Error(key, byId ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition);
        if (!services.TryLocate(image, topic, key.Partition, out var located)) located = await services.LocateAsync(image, topic, key.Partition);
        if (located.Handle is not { } handle) return WithLeader(Error(key, located.Error), image, located);
        if (PartitionLocator.CheckEpoch(handle, wanted.CurrentLeaderEpoch) is not ErrorCode.None and var stale)
            return WithLeader(Error(key, stale), image, located);

        findings.Handles.Add(handle);
        var view = handle.View;
        var data = new FetchResponse.PartitionData
        {
            PartitionIndex = key.Partition,
            HighWatermark = view.HighWatermark.Value,
            LastStableOffset = view.LastStableOffset.Value,
            LogStartOffset = view.LogStartOffset.Value,
            AbortedTransactions = isolation == Isolation.Committed ? [] : null,
            Records = RecordsData.Empty,
        };
        if (wanted.LastFetchedEpoch >= 0 && Diverges(view, wanted, data)) return data;

        var maxBytes = Math.Min(Math.Max(room, 0), wanted.MaxBytes);
        var read = view.Read(wanted.FetchOffset, maxBytes, minOneBatch: findings.Bytes == 0, isolation);
        if (read.Error != ErrorCode.None)
        {
            data = Error(key, read.Error);
            data.LogStartOffset = view.LogStartOffset.Value;
            return data;
        }

        data.Records = read.Records;
        foreach (var aborted in read.AbortedTransactions)
            data.AbortedTransactions?.Add(new() { ProducerId = aborted.ProducerId, FirstOffset = aborted.FirstOffset });
        return data;
    }

    /// <summary>The reader's log and ours part ways before its fetch offset (KIP-595): it is told where.</summary>
    private static bool Diverges(LogView view, FetchedPartition wanted, FetchResponse.PartitionData data)
    {
        var end = view.EndOffsetForEpoch(new LeaderEpoch(wanted.LastFetchedEpoch));
        if (end.EndOffset.Value >= 0 && end.Epoch.Value == wanted.LastFetchedEpoch && end.EndOffset >= wanted.FetchOffset) return false;
        if (end.EndOffset.Value < 0)
        {
            data.ErrorCode = (short)ErrorCode.OffsetOutOfRange;
            return true;
        }

        data.DivergingEpoch = new() { Epoch = end.Epoch.Value, EndOffset = end.EndOffset.Value };
        return true;
    }

    private FetchResponse.PartitionData WithLeader(FetchResponse.PartitionData data, MetadataImage image, in Located located)
    {
        if (context.ApiVersion < 12 || located.Partition.Replicas.IsDefault) return data;
        if ((ErrorCode)data.ErrorCode is not (ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch)) return data;
        data.CurrentLeader = new() { LeaderId = image.LeaderOf(located.Partition).Value, LeaderEpoch = located.Partition.LeaderEpoch.Value };
        return data;
    }

    private static FetchResponse.PartitionData Error(FetchKey key, ErrorCode error) => new()
    {
        PartitionIndex = key.Partition,
        ErrorCode = (short)error,
        HighWatermark = -1,
        Records = RecordsData.Empty,
    };
}
