using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// ConsumerGroupHeartbeat (68), versions 0-1: all that a member of the new protocol says to its group and hears from it (KIP-848). In version 1 members
/// make their ids themselves and may subscribe by a pattern.
/// </summary>
internal sealed class ConsumerGroupHeartbeatHandler(GatewayServices services) : ApiHandler<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>
{
    protected override async ValueTask<ConsumerGroupHeartbeatResponse?> HandleAsync(RequestContext context, ConsumerGroupHeartbeatRequest request) =>
        await services.Groups.HeartbeatAsync(request, context.Origin());

    protected override ConsumerGroupHeartbeatResponse Failure(RequestContext context, ConsumerGroupHeartbeatRequest request, ErrorCode error) =>
        new() { ErrorCode = (short)error };
}
