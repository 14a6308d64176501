using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// DescribeGroups (15), versions 0-6. Each group is asked of its coordinator. Version 3 tells what the client may do with it, 6 has messages and an error for
/// a group that does not exist (KIP-1043).
/// </summary>
internal sealed class DescribeGroupsHandler(GatewayServices services) : ApiHandler<DescribeGroupsRequest, DescribeGroupsResponse>
{
    protected override async ValueTask<DescribeGroupsResponse?> HandleAsync(RequestContext context, DescribeGroupsRequest request)
    {
        var response = await services.Groups.DescribeAsync(request, context.Origin());
        foreach (var group in response.Groups)
        {
            if (request.IncludeAuthorizedOperations && group.ErrorCode == (short)ErrorCode.None) group.AuthorizedOperations = AuthorizedOperations.Group;
            if (context.ApiVersion < 6) group.ErrorMessage = null;
        }

        return response;
    }

    protected override DescribeGroupsResponse Failure(RequestContext context, DescribeGroupsRequest request, ErrorCode error) => new()
    {
        Groups = [.. request.Groups.Select(groupId => new DescribeGroupsResponse.DescribedGroup { GroupId = groupId, ErrorCode = (short)error })],
    };
}
