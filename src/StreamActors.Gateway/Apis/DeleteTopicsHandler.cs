using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>DeleteTopics (20), versions 1-6. By name; from version 6 on by id as well (KIP-516). Version 5 has messages.</summary>
internal sealed class DeleteTopicsHandler(GatewayServices services) : ApiHandler<DeleteTopicsRequest, DeleteTopicsResponse>
{
    protected override async ValueTask<DeleteTopicsResponse?> HandleAsync(RequestContext context, DeleteTopicsRequest request)
    {
        request.Topics.AddRange(request.TopicNames.Select(name => new DeleteTopicsRequest.DeleteTopicState { Name = name }));
        request.TopicNames = [];
        var (error, response) = await services.Controller.SendAsync<DeleteTopicsResponse>(request, ControllerForwarding.Timeout(request.TimeoutMs));
        if (response is null) return Failure(context, request, error);
        await services.CatchUpAsync(image => response.Responses.TrueForAll(topic =>
            topic.ErrorCode != (short)ErrorCode.None || image.Topic(new TopicId(topic.TopicId)) is null));
        if (context.ApiVersion < 6)
        {
            foreach (var topic in response.Responses) topic.Name ??= "";
        }

        return response;
    }

    protected override DeleteTopicsResponse Failure(RequestContext context, DeleteTopicsRequest request, ErrorCode error) => new()
    {
        Responses = [.. request.Topics.Select(topic => new DeleteTopicsResponse.DeletableTopicResult
        {
            Name = topic.Name, TopicId = topic.TopicId, ErrorCode = (short)error, ErrorMessage = ControllerForwarding.Message(error),
        })],
    };
}
