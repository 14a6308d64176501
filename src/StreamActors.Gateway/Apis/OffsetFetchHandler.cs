using StreamActors.Cluster.Metadata;
using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// OffsetFetch (9), versions 1-10. From version 8 on many groups at once (KIP-709), from 10 on topics by id, which are names to the coordinator.
/// </summary>
internal sealed class OffsetFetchHandler(GatewayServices services) : ApiHandler<OffsetFetchRequest, OffsetFetchResponse>
{
    protected override async ValueTask<OffsetFetchResponse?> HandleAsync(RequestContext context, OffsetFetchRequest request)
    {
        if (context.ApiVersion < 10) return await services.Groups.FetchAsync(request, context.Origin());

        var image = services.Metadata.Current;
        var unknown = request.Groups.ConvertAll(group => NameTopics(image, group));
        var response = await services.Groups.FetchAsync(request, context.Origin());
        for (var i = 0; i < response.Groups.Count; i++)
        {
            var topics = response.Groups[i].Topics;
            foreach (var topic in topics) topic.TopicId = image.Topic(topic.Name)?.Id.Value ?? Guid.Empty;
            topics.RemoveAll(topic => topic.TopicId == Guid.Empty);
            topics.AddRange(unknown[i]);
        }

        return response;
    }

    protected override OffsetFetchResponse Failure(RequestContext context, OffsetFetchRequest request, ErrorCode error)
    {
        if (context.ApiVersion < 8) return new() { ErrorCode = (short)error };
        return new() { Groups = [.. request.Groups.Select(group => new OffsetFetchResponse.OffsetFetchResponseGroup { GroupId = group.GroupId, ErrorCode = (short)error })] };
    }

    /// <summary>Names the group's topics; those that there are not are taken out and answered.</summary>
    private static List<OffsetFetchResponse.OffsetFetchResponseTopics> NameTopics(MetadataImage image, OffsetFetchRequest.OffsetFetchRequestGroup group)
    {
        var unknown = new List<OffsetFetchResponse.OffsetFetchResponseTopics>();
        group.Topics?.RemoveAll(topic =>
        {
            if (image.Topic(new TopicId(topic.TopicId)) is { } known)
            {
                topic.Name = known.Name;
                return false;
            }

            unknown.Add(Unknown(topic));
            return true;
        });
        return unknown;
    }

    private static OffsetFetchResponse.OffsetFetchResponseTopics Unknown(OffsetFetchRequest.OffsetFetchRequestTopics topic) => new()
    {
        TopicId = topic.TopicId,
        Partitions = [.. topic.PartitionIndexes.Select(index => new OffsetFetchResponse.OffsetFetchResponsePartitions
        {
            PartitionIndex = index, CommittedOffset = -1, Metadata = "", ErrorCode = (short)ErrorCode.UnknownTopicId,
        })],
    };
}
