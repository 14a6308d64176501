using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// OffsetCommit (8), versions 2-10. Topics that do not exist are answered here; the coordinator sees names, in version 10 with their ids (KIP-848).
/// </summary>
internal sealed class OffsetCommitHandler(GatewayServices services) : ApiHandler<OffsetCommitRequest, OffsetCommitResponse>
{
    protected override async ValueTask<OffsetCommitResponse?> HandleAsync(RequestContext context, OffsetCommitRequest request)
    {
        var image = services.Metadata.Current;
        var byId = context.ApiVersion >= 10;
        var refused = new OffsetCommitResponse();
        var known = new List<OffsetCommitRequest.OffsetCommitRequestTopic>();
        foreach (var topic in request.Topics)
        {
            var found = byId ? image.Topic(new TopicId(topic.TopicId)) : image.Topic(topic.Name);
            if (found is null)
            {
                refused.Topics.Add(Answer(topic, topic.Partitions, byId ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition));
                continue;
            }

            (topic.Name, topic.TopicId) = (found.Name, found.Id.Value);
            var missing = topic.Partitions.Where(partition => (uint)partition.PartitionIndex >= (uint)found.Partitions.Count).ToList();
            if (missing.Count > 0)
            {
                refused.Topics.Add(Answer(topic, missing, ErrorCode.UnknownTopicOrPartition));
                topic.Partitions.RemoveAll(missing.Contains);
            }

            if (topic.Partitions.Count > 0) known.Add(topic);
        }

        request.Topics = known;
        if (known.Count == 0) return refused;
        var response = await services.Groups.CommitAsync(request, context.Origin());
        if (byId)
        {
            foreach (var topic in response.Topics) topic.TopicId = image.Topic(topic.Name)?.Id.Value ?? Guid.Empty;
        }

        response.Topics.AddRange(refused.Topics);
        return response;
    }

    protected override OffsetCommitResponse Failure(RequestContext context, OffsetCommitRequest request, ErrorCode error) =>
        new() { Topics = [.. request.Topics.Select(topic => Answer(topic, topic.Partitions, error))] };

    private static OffsetCommitResponse.OffsetCommitResponseTopic Answer(
        OffsetCommitRequest.OffsetCommitRequestTopic topic, List<OffsetCommitRequest.OffsetCommitRequestPartition> partitions, ErrorCode error) => new()
        {
            Name = topic.Name,
            TopicId = topic.TopicId,
            Partitions = [.. partitions.Select(partition => new OffsetCommitResponse.OffsetCommitResponsePartition
        {
            PartitionIndex = partition.PartitionIndex, ErrorCode = (short)error,
        })],
        };
}
