using StreamActors.Cluster.Metadata;
using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Storage;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// ListOffsets (2), versions 1-11. By timestamp, or by one of the special ones: latest, earliest, the record with the highest timestamp (7+, KIP-734),
/// and those of tiered storage (8+), which there is none of: earliest local is the earliest, the others are nowhere. Version 2 has the
/// isolation level, 4 leader epochs.
/// </summary>
internal sealed class ListOffsetsHandler(GatewayServices services) : ApiHandler<ListOffsetsRequest, ListOffsetsResponse>
{
    private const long Latest = -1;
    private const long Earliest = -2;
    private const long MaxTimestamp = -3;
    private const long EarliestLocal = -4;
    private const long LatestTiered = -5;
    private const long EarliestPendingUpload = -6;
    private const int Debugging = -2;

    protected override async ValueTask<ListOffsetsResponse?> HandleAsync(RequestContext context, ListOffsetsRequest request)
    {
        var image = services.Metadata.Current;
        var isolation = request.ReplicaId >= 0 || request.ReplicaId == Debugging ? Isolation.LogEnd
            : request.IsolationLevel == 1 ? Isolation.Committed
            : Isolation.Uncommitted;
        var response = new ListOffsetsResponse();
        foreach (var wanted in request.Topics)
        {
            var answers = new ListOffsetsResponse.ListOffsetsTopicResponse { Name = wanted.Name };
            response.Topics.Add(answers);
            var seen = new HashSet<int>();
            foreach (var partition in wanted.Partitions)
            {
                var answer = seen.Add(partition.PartitionIndex)
                    ? await FindAsync(context, image, image.Topic(wanted.Name), partition, isolation)
                    : Error(ErrorCode.InvalidRequest);
                answer.PartitionIndex = partition.PartitionIndex;
                answers.Partitions.Add(answer);
            }
        }

        return response;
    }

    protected override ListOffsetsResponse Failure(RequestContext context, ListOffsetsRequest request, ErrorCode error) => new()
    {
        Topics = [.. request.Topics.Select(topic => new ListOffsetsResponse.ListOffsetsTopicResponse
        {
            Name = topic.Name,
            Partitions = [.. topic.Partitions.Select(partition => new ListOffsetsResponse.ListOffsetsPartitionResponse
            {
                PartitionIndex = partition.PartitionIndex, ErrorCode = (short)error,
            })],
        })],
    };

    private async ValueTask<ListOffsetsResponse.ListOffsetsPartitionResponse> FindAsync(
        RequestContext context, MetadataImage image, TopicImage? topic, ListOffsetsRequest.ListOffsetsPartition wanted, Isolation isolation)
    {
        if (topic is null) return Error(ErrorCode.UnknownTopicOrPartition);
        var located = await services.LocateAsync(image, topic, wanted.PartitionIndex);
        if (located.Handle is not { } handle) return Error(located.Error);
        if (PartitionLocator.CheckEpoch(handle, wanted.CurrentLeaderEpoch) is not ErrorCode.None and var stale) return Error(stale);
        if (wanted.Timestamp < LowestOf(context.ApiVersion)) return Error(ErrorCode.UnsupportedVersion);

        var view = handle.View;
        var (timestamp, offset, epoch) = wanted.Timestamp switch
        {
            Latest => (-1, view.Limit(isolation).Value, handle.LeaderEpoch.Value),
            Earliest or EarliestLocal => (-1, view.LogStartOffset.Value, EpochAt(view, view.LogStartOffset)),
            LatestTiered or EarliestPendingUpload => (-1L, -1L, -1),
            MaxTimestamp => Values(view.MaxTimestamp()),
            var at => Values(view.FindByTimestamp(new TimestampMs(at), isolation)),
        };
        return new ListOffsetsResponse.ListOffsetsPartitionResponse
        {
            Timestamp = timestamp,
            Offset = offset,
            LeaderEpoch = context.ApiVersion >= 4 ? epoch : -1,
        };
    }

    private static long LowestOf(short version) => version switch
    {
        < 7 => Earliest,
        7 => MaxTimestamp,
        8 => EarliestLocal,
        < 11 => LatestTiered,
        _ => EarliestPendingUpload,
    };

    private static (long Timestamp, long Offset, int Epoch) Values(Storage.Segment.TimestampedOffset? found) =>
        found is { } at ? (at.Timestamp.Value, at.Offset.Value, at.LeaderEpoch.Value) : (-1, -1, -1);

    /// <summary>The epoch that an offset lies in; -1 for one before all of them.</summary>
    private static int EpochAt(LogView view, Offset offset)
    {
        var epoch = -1;
        foreach (var entry in view.Epochs.Entries)
        {
            if (entry.StartOffset > offset.Value) break;
            epoch = entry.Epoch;
        }

        return epoch;
    }

    private static ListOffsetsResponse.ListOffsetsPartitionResponse Error(ErrorCode error) => new() { ErrorCode = (short)error };
}
