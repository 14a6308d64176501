using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>IncrementalAlterConfigs (44), versions 0-1 (KIP-339): set, delete, append, subtract. Decided by the controller, all or nothing per resource.</summary>
internal sealed class IncrementalAlterConfigsHandler(GatewayServices services) : ApiHandler<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>
{
    protected override async ValueTask<IncrementalAlterConfigsResponse?> HandleAsync(RequestContext context, IncrementalAlterConfigsRequest request)
    {
        var (error, response) = await services.Controller.SendAsync<IncrementalAlterConfigsResponse>(request, ControllerForwarding.DefaultTimeout);
        return response ?? Failure(context, request, error);
    }

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
