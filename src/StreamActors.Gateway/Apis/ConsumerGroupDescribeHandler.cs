using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>ConsumerGroupDescribe (69), versions 0-1: groups of the new protocol (KIP-848). Each is asked of its coordinator. Version 1 tells which members speak the classic one.</summary>
internal sealed class ConsumerGroupDescribeHandler(GatewayServices services) : ApiHandler<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>
{
    protected override async ValueTask<ConsumerGroupDescribeResponse?> HandleAsync(RequestContext context, ConsumerGroupDescribeRequest request)
    {
        var response = await services.Groups.DescribeAsync(request, context.Origin());
        foreach (var group in response.Groups)
        {
            if (request.IncludeAuthorizedOperations && group.ErrorCode == (short)ErrorCode.None) group.AuthorizedOperations = AuthorizedOperations.Group;
        }

        return response;
    }

    protected override ConsumerGroupDescribeResponse Failure(RequestContext context, ConsumerGroupDescribeRequest request, ErrorCode error) => new()
    {
        Groups = [.. request.GroupIds.Select(groupId => new ConsumerGroupDescribeResponse.DescribedGroup { GroupId = groupId, ErrorCode = (short)error })],
    };
}
