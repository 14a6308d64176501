using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// JoinGroup (11), versions 0-9. From version 4 on a member is first given its id (KIP-394), from 5 on it may be static (KIP-345), 8 has the reason
/// (KIP-800). The coordinator answers when the group has gathered.
/// </summary>
internal sealed class JoinGroupHandler(GatewayServices services) : ApiHandler<JoinGroupRequest, JoinGroupResponse>
{
    protected override async ValueTask<JoinGroupResponse?> HandleAsync(RequestContext context, JoinGroupRequest request)
    {
        // In version 0 one time is both.
        if (context.ApiVersion < 1) request.RebalanceTimeoutMs = request.SessionTimeoutMs;
        var response = await services.Groups.JoinAsync(request, context.Origin());
        // Before version 7 there is no null: no protocol is the empty one.
        if (context.ApiVersion < 7) response.ProtocolName ??= "";
        return response;
    }

    protected override JoinGroupResponse Failure(RequestContext context, JoinGroupRequest request, ErrorCode error) => new()
    {
        ErrorCode = (short)error,
        GenerationId = -1,
        ProtocolName = context.ApiVersion < 7 ? "" : null,
        Leader = "",
        MemberId = request.MemberId,
    };
}
