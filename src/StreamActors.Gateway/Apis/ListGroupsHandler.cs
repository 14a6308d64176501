using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>ListGroups (16), versions 0-5: the groups whose coordinator is this broker. Version 4 filters by state (KIP-518), 5 by type (KIP-848).</summary>
internal sealed class ListGroupsHandler(GatewayServices services) : ApiHandler<ListGroupsRequest, ListGroupsResponse>
{
    protected override async ValueTask<ListGroupsResponse?> HandleAsync(RequestContext context, ListGroupsRequest request) =>
        await services.Groups.ListAsync(request, context.Origin());

    protected override ListGroupsResponse Failure(RequestContext context, ListGroupsRequest request, ErrorCode error) => new() { ErrorCode = (short)error };
}
