using StreamActors.Broker.Replicas;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>
/// The groups whose coordinator is on this node, for the gateway. Nothing here throws for what a client did: every error is
/// in the response. Topics are named: who speaks of ids (OffsetCommit and OffsetFetch from version 10) translates before.
/// </summary>
public sealed class GroupCoordinatorClient
{
    private const short ErrorPerMemberSince = 3;
    private const int MaxWaitMs = 3_600_000;
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    private readonly CoordinatorRoute route;
    private readonly GroupSettings settings;
    private readonly TimeSpan commitTimeout;

    public GroupCoordinatorClient(PartitionDirectory directory, IMetadataView metadata, BrokerId self, TimeProvider clock, GroupSettings settings)
    {
        route = new CoordinatorRoute(directory, metadata, self, clock);
        this.settings = settings;
        commitTimeout = TimeSpan.FromMilliseconds(settings.OffsetsCommitTimeoutMs);
    }

    /// <summary>Waits until the group has a generation. The coordinator answers in time; the deadline here is for one that does not live to.</summary>
    public ValueTask<JoinGroupResponse> JoinAsync(JoinGroupRequest request, RequestOrigin origin)
    {
        // They outlive the request, whose memory goes back with the answer.
        foreach (var protocol in request.Protocols) protocol.Metadata = protocol.Metadata.ToArray();
        var wait = Math.Max(settings.NewMemberJoinTimeoutMs, Math.Max(request.RebalanceTimeoutMs, request.SessionTimeoutMs));
        return route.SendAsync<JoinGroupResponse>(
            route.PartitionOf(request.GroupId), request, origin, Slack(wait), ErrorCode.RebalanceInProgress);
    }

    /// <summary>Waits for the leader's assignment.</summary>
    public ValueTask<SyncGroupResponse> SyncAsync(SyncGroupRequest request, RequestOrigin origin)
    {
        foreach (var assignment in request.Assignments) assignment.Assignment = assignment.Assignment.ToArray();
        return route.SendAsync<SyncGroupResponse>(
            route.PartitionOf(request.GroupId), request, origin, Slack(MaxWaitMs), ErrorCode.RebalanceInProgress);
    }

    public ValueTask<HeartbeatResponse> HeartbeatAsync(HeartbeatRequest request, RequestOrigin origin) =>
        route.SendAsync<HeartbeatResponse>(route.PartitionOf(request.GroupId), request, origin, AnswerTimeout);

    public ValueTask<ConsumerGroupHeartbeatResponse> HeartbeatAsync(ConsumerGroupHeartbeatRequest request, RequestOrigin origin) =>
        route.SendAsync<ConsumerGroupHeartbeatResponse>(route.PartitionOf(request.GroupId), request, origin, commitTimeout);

    public async ValueTask<ConsumerGroupDescribeResponse> DescribeAsync(ConsumerGroupDescribeRequest request, RequestOrigin origin) => new()
    {
        Groups = await EachAsync<string, ConsumerGroupDescribeResponse, ConsumerGroupDescribeResponse.DescribedGroup>(
            request.GroupIds, group => group, its => new ConsumerGroupDescribeRequest { GroupIds = its }, answer => answer.Groups, origin),
    };

    public async ValueTask<LeaveGroupResponse> LeaveAsync(LeaveGroupRequest request, RequestOrigin origin)
    {
        var isOld = origin.Version < ErrorPerMemberSince;
        if (isOld) request.Members = [new LeaveGroupRequest.MemberIdentity { MemberId = request.MemberId }];
        var response = await route.SendAsync<LeaveGroupResponse>(route.PartitionOf(request.GroupId), request, origin, AnswerTimeout);
        if (!isOld) return response;
        var error = response is { ErrorCode: (short)ErrorCode.None, Members.Count: 1 } ? response.Members[0].ErrorCode : response.ErrorCode;
        return new LeaveGroupResponse { ErrorCode = error };
    }

    public ValueTask<OffsetCommitResponse> CommitAsync(OffsetCommitRequest request, RequestOrigin origin) =>
        route.SendAsync<OffsetCommitResponse>(route.PartitionOf(request.GroupId), request, origin, commitTimeout);

    public ValueTask<OffsetDeleteResponse> DeleteOffsetsAsync(OffsetDeleteRequest request, RequestOrigin origin) =>
        route.SendAsync<OffsetDeleteResponse>(route.PartitionOf(request.GroupId), request, origin, commitTimeout);

    /// <summary>
    /// Answers in the form of the request's version: one group until version 7, several since. Unstable offsets do not exist before there
    /// are transactions, so <see cref="OffsetFetchRequest.RequireStable"/> asks for nothing.
    /// </summary>
    public async ValueTask<OffsetFetchResponse> FetchAsync(OffsetFetchRequest request, RequestOrigin origin)
    {
        if (origin.Version < LegacyOffsetFetch.SeveralGroupsSince)
        {
            var single = LegacyOffsetFetch.ToGroups(request);
            var answer = await route.SendAsync<OffsetFetchResponse>(route.PartitionOf(request.GroupId), single, origin, AnswerTimeout);
            return LegacyOffsetFetch.FromGroups(request, answer.Groups[0], origin.Version);
        }

        var groups = await EachAsync<OffsetFetchRequest.OffsetFetchRequestGroup, OffsetFetchResponse, OffsetFetchResponse.OffsetFetchResponseGroup>(
            request.Groups, group => group.GroupId, its => new OffsetFetchRequest { Groups = its, RequireStable = request.RequireStable }, answer => answer.Groups, origin);
        return new OffsetFetchResponse { Groups = groups };
    }

    public async ValueTask<DescribeGroupsResponse> DescribeAsync(DescribeGroupsRequest request, RequestOrigin origin) => new()
    {
        Groups = await EachAsync<string, DescribeGroupsResponse, DescribeGroupsResponse.DescribedGroup>(
            request.Groups, group => group, its => new DescribeGroupsRequest { Groups = its }, answer => answer.Groups, origin),
    };

    public async ValueTask<DeleteGroupsResponse> DeleteAsync(DeleteGroupsRequest request, RequestOrigin origin) => new()
    {
        Results = await EachAsync<string, DeleteGroupsResponse, DeleteGroupsResponse.DeletableGroupResult>(
            [.. request.GroupsNames.Distinct(StringComparer.Ordinal)], group => group, its => new DeleteGroupsRequest { GroupsNames = its }, answer => answer.Results, origin),
    };

    /// <summary>The groups of all partitions that this node leads; clients ask every node.</summary>
    public async ValueTask<ListGroupsResponse> ListAsync(ListGroupsRequest request, RequestOrigin origin)
    {
        var all = new ListGroupsResponse();
        all.ErrorCode = await FromAllAsync<ListGroupsResponse>(request, origin, answer => answer.ErrorCode, answer => all.Groups.AddRange(answer.Groups));
        if (all.ErrorCode != (short)ErrorCode.None) all.Groups.Clear();
        return all;
    }

    /// <summary>
    /// What the coordinators know of groups; of all that are coordinated here where none is named. The logs' part of it is left open.
    /// </summary>
    public async ValueTask<DescribeGroupProgressResponse> DescribeProgressAsync(DescribeGroupProgressRequest request, RequestOrigin origin)
    {
        if (request.Groups is { } named)
        {
            return new DescribeGroupProgressResponse
            {
                Groups = await EachAsync<string, DescribeGroupProgressResponse, DescribeGroupProgressResponse.GroupProgress>(
                    named, group => group, its => new DescribeGroupProgressRequest { Groups = its }, answer => answer.Groups, origin),
            };
        }

        var all = new DescribeGroupProgressResponse();
        var everything = new DescribeGroupProgressRequest { Groups = null };
        all.ErrorCode = await FromAllAsync<DescribeGroupProgressResponse>(everything, origin, answer => answer.ErrorCode, answer => all.Groups.AddRange(answer.Groups));
        return all;
    }

    /// <summary>Asks the coordinators of all partitions that this node leads, at once. Returns the first error; a partition that has moved away meanwhile is told of where it is now.</summary>
    private async ValueTask<short> FromAllAsync<TResponse>(Protocol.Wire.IRequestMessage request, RequestOrigin origin, Func<TResponse, short> errorOf, Action<TResponse> take)
        where TResponse : class, Protocol.Wire.IResponseMessage
    {
        var error = (short)ErrorCode.None;
        foreach (var call in route.Led().ConvertAll(partition => route.SendAsync<TResponse>(partition, request, origin, AnswerTimeout)))
        {
            var answer = await call;
            take(answer);
            if (error == (short)ErrorCode.None && errorOf(answer) != (short)ErrorCode.NotCoordinator) error = errorOf(answer);
        }

        return error;
    }

    /// <summary>Asks the coordinator of each partition for its share of the groups; answers are in the order of the groups.</summary>
    private async ValueTask<List<TAnswer>> EachAsync<TGroup, TResponse, TAnswer>(
        List<TGroup> groups, Func<TGroup, string> id, Func<List<TGroup>, Protocol.Wire.IRequestMessage> ask, Func<TResponse, List<TAnswer>> answers, RequestOrigin origin)
        where TResponse : class, Protocol.Wire.IResponseMessage
    {
        var shares = new SortedDictionary<int, List<int>>();
        for (var index = 0; index < groups.Count; index++)
        {
            var partition = route.PartitionOf(id(groups[index]));
            if (!shares.TryGetValue(partition, out var share)) shares[partition] = share = [];
            share.Add(index);
        }

        var ordered = new TAnswer[groups.Count];
        var calls = shares.Select(share => (share.Value, Call: route.SendAsync<TResponse>(share.Key, ask(share.Value.ConvertAll(index => groups[index])), origin, commitTimeout))).ToList();
        foreach (var (share, call) in calls)
        {
            var its = answers(await call);
            for (var index = 0; index < share.Count; index++) ordered[share[index]] = its[index];
        }

        return [.. ordered];
    }

    private static TimeSpan Slack(int ms) => TimeSpan.FromMilliseconds(Math.Clamp(ms, 0, MaxWaitMs)) + AnswerTimeout;
}
