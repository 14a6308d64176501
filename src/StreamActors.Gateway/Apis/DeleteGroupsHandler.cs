using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>DeleteGroups (42), versions 0-2: groups without members, with their offsets. Each is asked of its coordinator.</summary>
internal sealed class DeleteGroupsHandler(GatewayServices services) : ApiHandler<DeleteGroupsRequest, DeleteGroupsResponse>
{
    protected override async ValueTask<DeleteGroupsResponse?> HandleAsync(RequestContext context, DeleteGroupsRequest request) =>
        await services.Groups.DeleteAsync(request, context.Origin());

    protected override DeleteGroupsResponse Failure(RequestContext context, DeleteGroupsRequest request, ErrorCode error) => new()
    {
        Results = [.. request.GroupsNames.Select(groupId => new DeleteGroupsResponse.DeletableGroupResult { GroupId = groupId, ErrorCode = (short)error })],
    };
}
