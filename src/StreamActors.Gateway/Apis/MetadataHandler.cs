using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Metadata;
using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// Metadata (3), versions 0-13. No list of topics (in version 0: an empty one) asks for all. Topic ids are told from version 10 on and can be asked
/// by from 12 on. A topic that does not exist is created where client and broker allow it.
/// </summary>
internal sealed class MetadataHandler(GatewayServices services, TopicDescriber topics) : ApiHandler<MetadataRequest, MetadataResponse>
{
    protected override async ValueTask<MetadataResponse?> HandleAsync(RequestContext context, MetadataRequest request)
    {
        var image = services.Metadata.Current;
        var wanted = request.Topics is null || (context.ApiVersion == 0 && request.Topics.Count == 0) ? null : request.Topics;
        if (wanted is not null && services.AutoCreateTopics && (context.ApiVersion < 4 || request.AllowAutoTopicCreation))
        {
            await CreateMissingAsync(image, wanted);
            image = services.Metadata.Current;
        }

        var response = new MetadataResponse
        {
            ClusterId = image.ClusterId,
            ControllerId = services.Self.Value, // requests for the controller are passed on by every broker
            Brokers = [.. TopicDescriber.Brokers(image, context.Connection.Listener).Select(each => new MetadataResponse.MetadataResponseBroker
            {
                NodeId = each.Broker.Id.Value, Host = each.Listener.Host, Port = each.Listener.Port, Rack = each.Broker.Rack,
            })],
            ClusterAuthorizedOperations = request.IncludeClusterAuthorizedOperations ? AuthorizedOperations.Cluster : AuthorizedOperations.NotAsked,
        };
        if (wanted is null)
        {
            foreach (var topic in image.Topics.Values) response.Topics.Add(topics.Describe(image, topic, context, request.IncludeTopicAuthorizedOperations));
        }
        else
        {
            foreach (var topic in wanted) response.Topics.Add(Describe(image, topic, context, request.IncludeTopicAuthorizedOperations));
        }

        return response;
    }

    private MetadataResponse.MetadataResponseTopic Describe(
        MetadataImage image, MetadataRequest.MetadataRequestTopic wanted, RequestContext context, bool withOperations)
    {
        if (wanted.Name is not { } name)
        {
            if (context.ApiVersion < 12) return Error(context, "", wanted.TopicId, ErrorCode.InvalidRequest);
            return image.Topic(new TopicId(wanted.TopicId)) is { } byId
                ? topics.Describe(image, byId, context, withOperations)
                : Error(context, null, wanted.TopicId, ErrorCode.UnknownTopicId);
        }

        if (image.Topic(name) is { } topic) return topics.Describe(image, topic, context, withOperations);
        return Error(context, name, Guid.Empty, TopicNames.Fault(name) is null ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException);
    }

    private async ValueTask CreateMissingAsync(MetadataImage image, List<MetadataRequest.MetadataRequestTopic> wanted)
    {
        foreach (var topic in wanted)
        {
            if (topic.Name is { } name && image.Topic(name) is null && TopicNames.Fault(name) is null) await topics.CreateAsync(name);
        }
    }

    private static MetadataResponse.MetadataResponseTopic Error(RequestContext context, string? name, Guid id, ErrorCode error) => new()
    {
        ErrorCode = (short)error,
        Name = name ?? (context.ApiVersion >= 12 ? null : ""),
        TopicId = id,
        IsInternal = name is not null && TopicNames.IsInternal(name),
    };
}
