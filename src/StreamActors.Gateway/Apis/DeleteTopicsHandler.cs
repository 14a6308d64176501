using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>DeleteTopics (20), versions 1-6. By name; from version 6 on by id as well (KIP-516). Version 5 has messages.</summary>
internal sealed class DeleteTopicsHandler(GatewayServices services) : ForwardingHandler<DeleteTopicsRequest, DeleteTopicsResponse>(services)
{
    protected override async ValueTask<DeleteTopicsResponse?> HandleAsync(RequestContext context, DeleteTopicsRequest request)
    {
        request.Topics.AddRange(request.TopicNames.Select(name => new DeleteTopicsRequest.DeleteTopicState { Name = name }));
        request.TopicNames = [];
        var response = await base.HandleAsync(context, request);
        if (response is not null && context.ApiVersion < 6)
        {
            foreach (var topic in response.Responses) topic.Name ??= "";
        }

        return response;
    }

    protected override TimeSpan Timeout(DeleteTopicsRequest request) => ControllerForwarding.Timeout(request.TimeoutMs);

    protected override DeleteTopicsResponse Failure(RequestContext context, DeleteTopicsRequest request, ErrorCode error) => new()
    {
        Responses = [.. request.Topics.Select(topic => new DeleteTopicsResponse.DeletableTopicResult
        {
            Name = topic.Name, TopicId = topic.TopicId, ErrorCode = (short)error, ErrorMessage = ControllerForwarding.Message(error),
        })],
    };
}
