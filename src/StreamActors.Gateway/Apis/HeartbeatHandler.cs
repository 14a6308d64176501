using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>Heartbeat (12), versions 0-4. Version 3 has static members.</summary>
internal sealed class HeartbeatHandler(GatewayServices services) : ApiHandler<HeartbeatRequest, HeartbeatResponse>
{
    protected override async ValueTask<HeartbeatResponse?> HandleAsync(RequestContext context, HeartbeatRequest request) =>
        await services.Groups.HeartbeatAsync(request, context.Origin());

    protected override HeartbeatResponse Failure(RequestContext context, HeartbeatRequest request, ErrorCode error) => new() { ErrorCode = (short)error };
}
