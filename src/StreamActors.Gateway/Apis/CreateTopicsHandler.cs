using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// CreateTopics (19), versions 2-7. Decided by the controller, topic by topic. Counts of -1 mean the broker's default (from version 4 on,
/// KIP-464; taken in every version). Version 5 tells partitions and settings (KIP-525), 7 the topic id.
/// </summary>
internal sealed class CreateTopicsHandler(GatewayServices services) : ForwardingHandler<CreateTopicsRequest, CreateTopicsResponse>(services)
{
    protected override TimeSpan Timeout(CreateTopicsRequest request) => ControllerForwarding.Timeout(request.TimeoutMs);

    protected override CreateTopicsResponse Failure(RequestContext context, CreateTopicsRequest request, ErrorCode error) => new()
    {
        Topics = [.. request.Topics.Select(topic => topic.Name).Distinct(StringComparer.Ordinal).Select(name => new CreateTopicsResponse.CreatableTopicResult
        {
            Name = name, ErrorCode = (short)error, ErrorMessage = ControllerForwarding.Message(error),
        })],
    };
}
