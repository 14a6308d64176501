using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>Who sent a request, and in which version of its API.</summary>
public readonly record struct RequestOrigin(string ClientId, string ClientHost, short Version);

/// <summary>
/// A request to the coordinator of the groups of one partition. Requests that name several groups name those of this partition
/// only. What members say of themselves is kept, so its bytes have to be the coordinator's.
/// </summary>
public sealed record GroupCommand(CallId Call, IRequestMessage Request, RequestOrigin Origin);

/// <summary>Answers without a coordinator: the error that the whole request gets, wherever its API says errors.</summary>
internal static class GroupErrors
{
    public static IResponseMessage Response(IRequestMessage request, ErrorCode error) => request switch
    {
        JoinGroupRequest join => GroupResponses.JoinError(error, join.MemberId),
        SyncGroupRequest => GroupResponses.SyncError(error),
        HeartbeatRequest => new HeartbeatResponse { ErrorCode = (short)error },
        LeaveGroupRequest => new LeaveGroupResponse { ErrorCode = (short)error },
        OffsetCommitRequest commit => CommitResponse(commit, error),
        OffsetFetchRequest fetch => new OffsetFetchResponse
        {
            Groups = fetch.Groups.ConvertAll(group => new OffsetFetchResponse.OffsetFetchResponseGroup { GroupId = group.GroupId, ErrorCode = (short)error }),
        },
        OffsetDeleteRequest => new OffsetDeleteResponse { ErrorCode = (short)error },
        DescribeGroupsRequest describe => new DescribeGroupsResponse
        {
            Groups = describe.Groups.ConvertAll(group => new DescribeGroupsResponse.DescribedGroup { GroupId = group, ErrorCode = (short)error }),
        },
        DescribeGroupProgressRequest { Groups: { } groups } => new DescribeGroupProgressResponse { Groups = groups.ConvertAll(group => GroupProgressQuery.Absent(group, error)) },
        DescribeGroupProgressRequest => new DescribeGroupProgressResponse { ErrorCode = (short)error },
        ConsumerGroupHeartbeatRequest => new ConsumerGroupHeartbeatResponse { ErrorCode = (short)error },
        ConsumerGroupDescribeRequest describe => new ConsumerGroupDescribeResponse
        {
            Groups = describe.GroupIds.ConvertAll(group => new ConsumerGroupDescribeResponse.DescribedGroup { GroupId = group, ErrorCode = (short)error }),
        },
        ListGroupsRequest => new ListGroupsResponse { ErrorCode = (short)error },
        DeleteGroupsRequest delete => new DeleteGroupsResponse
        {
            Results = delete.GroupsNames.ConvertAll(group => new DeleteGroupsResponse.DeletableGroupResult { GroupId = group, ErrorCode = (short)error }),
        },
        _ => throw new InvalidOperationException($"{request.ApiKey} is not for a group's coordinator"),
    };

    public static OffsetCommitResponse CommitResponse(OffsetCommitRequest request, ErrorCode error) => new()
    {
        Topics = request.Topics.ConvertAll(topic => new OffsetCommitResponse.OffsetCommitResponseTopic
        {
            Name = topic.Name,
            TopicId = topic.TopicId,
            Partitions = topic.Partitions.ConvertAll(partition => new OffsetCommitResponse.OffsetCommitResponsePartition
            {
                PartitionIndex = partition.PartitionIndex,
                ErrorCode = (short)error,
            }),
        }),
    };
}
