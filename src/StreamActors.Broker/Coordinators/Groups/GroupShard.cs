using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>The groups of one partition of <c>__consumer_offsets</c>: the classic protocol (JoinGroup, SyncGroup) and offsets.</summary>
internal sealed class GroupShard : ICoordinatorShard<GroupCommand, GroupRecord>
{
    private readonly SortedDictionary<string, Group> groups = new(StringComparer.Ordinal);
    private readonly PriorityQueue<Group, long> wakes = new();
    private readonly GroupSettings settings;
    private readonly GroupRebalance rebalance;
    private readonly GroupJoin join;
    private readonly GroupSync sync;
    private readonly GroupMembership membership;
    private readonly OffsetCommits commits;
    private TimestampMs nextOffsetCheck;

    /// <param name="settings">The broker's.</param>
    /// <param name="ids">The unique part of the ids of members.</param>
    public GroupShard(GroupSettings settings, Func<Guid> ids)
    {
        this.settings = settings;
        rebalance = new GroupRebalance(settings);
        join = new GroupJoin(settings, rebalance, ids);
        sync = new GroupSync(settings, rebalance);
        membership = new GroupMembership(rebalance);
        commits = new OffsetCommits(settings, rebalance);
    }

    public IReadOnlyCollection<Group> Groups => groups.Values;

    public TimestampMs? NextDeadline => wakes.TryPeek(out _, out var at) && at < nextOffsetCheck.Value ? new TimestampMs(at) : nextOffsetCheck;

    public Group? Find(string id) => groups.GetValueOrDefault(id);

    public Decision<GroupRecord> Decide(GroupCommand command, TimestampMs now)
    {
        var decision = new DecisionBuilder<GroupRecord>();
        switch (command.Request)
        {
            case JoinGroupRequest request: Join(command, request, now, decision); break;
            case SyncGroupRequest request: sync.Sync(Find(request.GroupId)?.Members, command, request, now, decision); Tend(request.GroupId); break;
            case HeartbeatRequest request: membership.Heartbeat(Find(request.GroupId)?.Members, command, request, now, decision); break;
            case LeaveGroupRequest request: membership.Leave(Find(request.GroupId)?.Members, command, request, now, decision); Tend(request.GroupId); break;
            case OffsetCommitRequest request: Commit(command, request, now, decision); break;
            case OffsetDeleteRequest request: commits.Delete(Find(request.GroupId), command, request, decision); break;
            case DeleteGroupsRequest request: decision.Reply(command.Call, Delete(request, decision)); break;
            case OffsetFetchRequest request: decision.Reply(command.Call, OffsetFetches.Fetch(request, Find)); break;
            case DescribeGroupsRequest request: decision.Reply(command.Call, GroupQueries.Describe(request, command.Origin.Version, Find)); break;
            case DescribeGroupProgressRequest request: decision.Reply(command.Call, GroupProgressQuery.Describe(request, Find, groups.Values)); break;
            case ListGroupsRequest request: decision.Reply(command.Call, GroupQueries.List(request, groups.Values)); break;
            default: throw new InvalidOperationException($"{command.Request.ApiKey} is not for a group's coordinator");
        }

        return decision.Build();
    }

    public Decision<GroupRecord> Tick(TimestampMs now)
    {
        var decision = new DecisionBuilder<GroupRecord>();
        while (wakes.TryPeek(out var group, out var at) && at <= now.Value)
        {
            wakes.Dequeue();
            if (group.WakeAt?.Value != at) continue;
            group.WakeAt = null;
            membership.Expire(group.Members, now, decision);
            Tend(group.Id);
        }

        if (nextOffsetCheck.Value <= now.Value)
        {
            foreach (var group in groups.Values) commits.Expire(group, now, decision);
            nextOffsetCheck = new TimestampMs(now.Value + settings.OffsetsRetentionCheckIntervalMs);
        }

        return decision.Build();
    }

    public void Apply(GroupRecord record)
    {
        var group = GetOrAdd(record.GroupId);
        switch (record)
        {
            case GroupMetadataRecord { Value: { } stored }: group.Stored = stored; break;
            case OffsetCommitRecord { Value: { } offset } commit: group.Offsets.Set(commit.Partition, offset); break;
            case OffsetCommitRecord commit: group.Offsets.Remove(commit.Partition); break;
            default:
                group.Stored = null;
                group.Members = new ClassicGroup(group.Id);
                break;
        }

        if (group.IsNothing) groups.Remove(group.Id);
    }

    public void Loaded(TimestampMs now)
    {
        nextOffsetCheck = new TimestampMs(now.Value + settings.OffsetsRetentionCheckIntervalMs);
        foreach (var group in groups.Values.ToArray())
        {
            if (group.Stored is not { } stored) continue;
            group.Members = ClassicGroup.Restore(group.Id, stored);
            foreach (var member in group.Members.Members) rebalance.Touch(member, now);
            // There is nobody to answer yet and not everybody has joined, so no decision can come out of this.
            if (group.Members.Count > settings.MaxSize) rebalance.Prepare(group.Members, now, new DecisionBuilder<GroupRecord>());
            Tend(group.Id);
        }
    }

    private void Join(GroupCommand command, JoinGroupRequest request, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var refused = join.Refuse(request);
        // Only who does not claim to be a member already can be the first one.
        if (refused is null && request.MemberId.Length > 0 && Find(request.GroupId) is null)
            refused = GroupResponses.JoinError(ErrorCode.UnknownMemberId, request.MemberId);
        if (refused is not null)
        {
            decision.Reply(command.Call, refused);
            return;
        }

        join.Join(GetOrAdd(request.GroupId).Members, command, request, now, decision);
        Tend(request.GroupId);
    }

    private void Commit(GroupCommand command, OffsetCommitRequest request, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var group = Find(request.GroupId);
        if (group is null && OffsetCommits.CheckAbsent(command, request) is var error and not ErrorCode.None)
        {
            decision.Reply(command.Call, GroupErrors.CommitResponse(request, error));
            return;
        }

        // A group that the records will make is not here before they are applied.
        commits.Commit(group ?? new Group(request.GroupId), command, request, now, decision);
    }

    private DeleteGroupsResponse Delete(DeleteGroupsRequest request, DecisionBuilder<GroupRecord> decision)
    {
        var response = new DeleteGroupsResponse();
        foreach (var id in request.GroupsNames.Distinct(StringComparer.Ordinal))
        {
            var group = Find(id);
            var error = group is null ? ErrorCode.GroupIdNotFound
                : group.Members.State != GroupState.Empty ? ErrorCode.NonEmptyGroup
                : ErrorCode.None;
            response.Results.Add(new DeleteGroupsResponse.DeletableGroupResult { GroupId = id, ErrorCode = (short)error });
            if (error != ErrorCode.None) continue;
            foreach (var (partition, _) in group!.Offsets.All) decision.Add(new OffsetCommitRecord(id, partition, null));
            decision.Add(new GroupMetadataRecord(id, null));
        }

        return response;
    }

    /// <summary>After something happened in a group: sees to it that it is looked at in time, or forgets it.</summary>
    private void Tend(string id)
    {
        if (Find(id) is not { } group) return;
        if (group.IsNothing) groups.Remove(id);
        // Deadlines that move away are noticed when the earlier one comes.
        else if (group.Members.NextDeadline() is { } next && (group.WakeAt is not { } at || next.Value < at.Value))
        {
            group.WakeAt = next;
            wakes.Enqueue(group, next.Value);
        }
    }

    private Group GetOrAdd(string id)
    {
        if (!groups.TryGetValue(id, out var group)) groups[id] = group = new Group(id);
        return group;
    }
}
