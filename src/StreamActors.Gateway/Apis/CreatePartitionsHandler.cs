using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>CreatePartitions (37), versions 0-3. Decided by the controller, topic by topic; the count is that of all partitions (KIP-195).</summary>
internal sealed class CreatePartitionsHandler(GatewayServices services) : ForwardingHandler<CreatePartitionsRequest, CreatePartitionsResponse>(services)
{
    protected override TimeSpan Timeout(CreatePartitionsRequest request) => ControllerForwarding.Timeout(request.TimeoutMs);

    protected override CreatePartitionsResponse Failure(RequestContext context, CreatePartitionsRequest request, ErrorCode error) => new()
    {
        Results = [.. request.Topics.Select(topic => new CreatePartitionsResponse.CreatePartitionsTopicResult
        {
            Name = topic.Name, ErrorCode = (short)error, ErrorMessage = ControllerForwarding.Message(error),
        })],
    };
}
