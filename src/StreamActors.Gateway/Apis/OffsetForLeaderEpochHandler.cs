using StreamActors.Cluster.Metadata;
using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>OffsetForLeaderEpoch (23), versions 2-4 (KIP-101, KIP-320): where the records of a leader epoch end, so that a client sees whether its own were cut off.</summary>
internal sealed class OffsetForLeaderEpochHandler(GatewayServices services) : ApiHandler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>
{
    protected override async ValueTask<OffsetForLeaderEpochResponse?> HandleAsync(RequestContext context, OffsetForLeaderEpochRequest request)
    {
        var image = services.Metadata.Current;
        var response = new OffsetForLeaderEpochResponse();
        foreach (var wanted in request.Topics)
        {
            var answers = new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult { Topic = wanted.Topic };
            response.Topics.Add(answers);
            foreach (var partition in wanted.Partitions) answers.Partitions.Add(await FindAsync(image, image.Topic(wanted.Topic), partition));
        }

        return response;
    }

    protected override OffsetForLeaderEpochResponse Failure(RequestContext context, OffsetForLeaderEpochRequest request, ErrorCode error) => new()
    {
        Topics = [.. request.Topics.Select(topic => new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult
        {
            Topic = topic.Topic,
            Partitions = [.. topic.Partitions.Select(partition => Error(partition.Partition, error))],
        })],
    };

    private async ValueTask<OffsetForLeaderEpochResponse.EpochEndOffset> FindAsync(
        MetadataImage image, TopicImage? topic, OffsetForLeaderEpochRequest.OffsetForLeaderPartition wanted)
    {
        if (topic is null) return Error(wanted.Partition, ErrorCode.UnknownTopicOrPartition);
        var located = await services.LocateAsync(image, topic, wanted.Partition);
        if (located.Handle is not { } handle) return Error(wanted.Partition, located.Error);
        if (PartitionLocator.CheckEpoch(handle, wanted.CurrentLeaderEpoch) is not ErrorCode.None and var stale) return Error(wanted.Partition, stale);
        var end = handle.View.EndOffsetForEpoch(new LeaderEpoch(wanted.LeaderEpoch));
        return new OffsetForLeaderEpochResponse.EpochEndOffset
        {
            Partition = wanted.Partition,
            LeaderEpoch = end.Epoch.Value,
            EndOffset = end.EndOffset.Value,
        };
    }

    private static OffsetForLeaderEpochResponse.EpochEndOffset Error(int partition, ErrorCode error) => new() { Partition = partition, ErrorCode = (short)error };
}
