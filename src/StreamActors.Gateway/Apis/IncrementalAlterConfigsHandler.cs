using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>IncrementalAlterConfigs (44), versions 0-1 (KIP-339): set, delete, append, subtract. Decided by the controller, all or nothing per resource.</summary>
internal sealed class IncrementalAlterConfigsHandler(GatewayServices services) : ForwardingHandler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(services)
{
    protected override IncrementalAlterConfigsResponse Failure(RequestContext context, IncrementalAlterConfigsRequest request, ErrorCode error) => new()
    {
        Responses = [.. request.Resources.Select(resource => new IncrementalAlterConfigsResponse.AlterConfigsResourceResponse
        {
            ErrorCode = (short)error,
            ErrorMessage = ControllerForwarding.Message(error),
            ResourceType = resource.ResourceType,
            ResourceName = resource.ResourceName,
        })],
    };
}
