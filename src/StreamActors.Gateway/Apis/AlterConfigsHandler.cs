using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>AlterConfigs (33), versions 0-2: replaces all settings of a resource. Clients of today send IncrementalAlterConfigs instead.</summary>
internal sealed class AlterConfigsHandler(GatewayServices services) : ForwardingHandler<AlterConfigsRequest, AlterConfigsResponse>(services)
{
    protected override AlterConfigsResponse Failure(RequestContext context, AlterConfigsRequest request, ErrorCode error) => new()
    {
        Responses = [.. request.Resources.Select(resource => new AlterConfigsResponse.AlterConfigsResourceResponse
        {
            ErrorCode = (short)error,
            ErrorMessage = ControllerForwarding.Message(error),
            ResourceType = resource.ResourceType,
            ResourceName = resource.ResourceName,
        })],
    };
}
