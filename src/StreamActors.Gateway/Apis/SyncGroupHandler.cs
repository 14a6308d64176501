using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>SyncGroup (14), versions 0-5: the leader brings the assignments, everybody gets its own. Version 3 has static members, 5 checks the protocol (KIP-559).</summary>
internal sealed class SyncGroupHandler(GatewayServices services) : ApiHandler<SyncGroupRequest, SyncGroupResponse>
{
    protected override async ValueTask<SyncGroupResponse?> HandleAsync(RequestContext context, SyncGroupRequest request) =>
        await services.Groups.SyncAsync(request, context.Origin());

    protected override SyncGroupResponse Failure(RequestContext context, SyncGroupRequest request, ErrorCode error) => new() { ErrorCode = (short)error };
}
