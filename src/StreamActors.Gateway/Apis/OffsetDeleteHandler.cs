using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>OffsetDelete (47), version 0 (KIP-496): committed offsets of topics that the group does not read.</summary>
internal sealed class OffsetDeleteHandler(GatewayServices services) : ApiHandler<OffsetDeleteRequest, OffsetDeleteResponse>
{
    protected override async ValueTask<OffsetDeleteResponse?> HandleAsync(RequestContext context, OffsetDeleteRequest request) =>
        await services.Groups.DeleteOffsetsAsync(request, context.Origin());

    protected override OffsetDeleteResponse Failure(RequestContext context, OffsetDeleteRequest request, ErrorCode error) => new() { ErrorCode = (short)error };
}
