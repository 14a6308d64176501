using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>LeaveGroup (13), versions 0-5. From version 3 on many members at once (KIP-345), 5 with reasons (KIP-800).</summary>
internal sealed class LeaveGroupHandler(GatewayServices services) : ApiHandler<LeaveGroupRequest, LeaveGroupResponse>
{
    protected override async ValueTask<LeaveGroupResponse?> HandleAsync(RequestContext context, LeaveGroupRequest request) =>
        await services.Groups.LeaveAsync(request, context.Origin());

    protected override LeaveGroupResponse Failure(RequestContext context, LeaveGroupRequest request, ErrorCode error) => new() { ErrorCode = (short)error };
}
