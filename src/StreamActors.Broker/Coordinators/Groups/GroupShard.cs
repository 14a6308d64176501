using StreamActors.Broker.Coordinators.Groups.Consumer;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>The groups of one partition of <c>__consumer_offsets</c>: the classic protocol (JoinGroup, SyncGroup), the new one (KIP-848), and offsets.</summary>
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
    private readonly ConsumerTopics topics;
    private readonly ConsumerRebalance consumerRebalance;
    private readonly ConsumerHeartbeats consumerHeartbeats;
    private readonly ClassicMembers classicMembers;
    private readonly GroupMigration migration;
    private TimestampMs nextOffsetCheck;

    /// <param name="settings">The broker's.</param>
    /// <param name="ids">The unique part of the ids of members.</param>
    /// <param name="metadata">Has the topics that members subscribe to.</param>
    public GroupShard(GroupSettings settings, Func<Guid> ids, IMetadataView metadata)
    {
        this.settings = settings;
        rebalance = new GroupRebalance(settings);
        join = new GroupJoin(settings, rebalance, ids);
        sync = new GroupSync(settings, rebalance);
        membership = new GroupMembership(rebalance);
        commits = new OffsetCommits(settings, rebalance);
        topics = new ConsumerTopics(metadata);
        consumerRebalance = new ConsumerRebalance(settings, topics);
        migration = new GroupMigration(settings, rebalance, consumerRebalance, topics);
        consumerHeartbeats = new ConsumerHeartbeats(settings, consumerRebalance, migration, ids);
        classicMembers = new ClassicMembers(settings, consumerRebalance, migration, topics, ids);
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
            case SyncGroupRequest request: Sync(command, request, now, decision); break;
            case HeartbeatRequest request: Heartbeat(command, request, now, decision); break;
            case LeaveGroupRequest request: Leave(command, request, now, decision); break;
            case ConsumerGroupHeartbeatRequest request: Heartbeat(command, request, now, decision); break;
            case OffsetCommitRequest request: Commit(command, request, now, decision); break;
            case OffsetDeleteRequest request: commits.Delete(Find(request.GroupId), command, request, decision); break;
            case DeleteGroupsRequest request: decision.Reply(command.Call, Delete(request, decision)); break;
            case OffsetFetchRequest request: decision.Reply(command.Call, OffsetFetches.Fetch(request, Find)); break;
            case DescribeGroupsRequest request: decision.Reply(command.Call, GroupQueries.Describe(request, command.Origin.Version, Find)); break;
            case DescribeGroupProgressRequest request: decision.Reply(command.Call, GroupProgressQuery.Describe(request, Find, groups.Values, DescribeProgress)); break;
            case ConsumerGroupDescribeRequest request:
                decision.Reply(command.Call, ConsumerGroupQueries.Describe(request, topics.Image, Find, consumerRebalance.PreferredAssignor));
                break;
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
            if (group.Consumer is { } consumers) Expire(group, consumers, now, decision);
            else membership.Expire(group.Members, now, decision);
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
        // What is gone already makes no group.
        if (record is ConsumerGroupRecord { IsTombstone: true } && Find(record.GroupId)?.Consumer is null) return;
        var group = GetOrAdd(record.GroupId);
        switch (record)
        {
            case ConsumerGroupRecord of:
                (group.Consumer ??= new ConsumerGroup(group.Id)).Apply(of);
                if (of is GroupEpochRecord { Value: null } && group.Consumer.Count == 0) group.Consumer = null;
                break;
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
            if (group.Consumer is { } consumers) Resume(group, consumers, now);
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

        var group = GetOrAdd(request.GroupId);
        if (group.Consumer is { Count: 0 } empty)
        {
            ConsumerRebalance.AddTombstones(empty, decision);
            group.Consumer = null;
        }

        if (group.Consumer is null) join.Join(group.Members, command, request, now, decision);
        else classicMembers.Join(group, command, request, now, decision);
        Tend(request.GroupId);
    }

    private void Sync(GroupCommand command, SyncGroupRequest request, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var group = Find(request.GroupId);
        if (group?.Consumer is { } consumers) classicMembers.Sync(consumers, command, request, now, decision);
        else sync.Sync(group?.Members, command, request, now, decision);
        Tend(request.GroupId);
    }

    private void Heartbeat(GroupCommand command, HeartbeatRequest request, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var group = Find(request.GroupId);
        if (group?.Consumer is { } consumers) classicMembers.Heartbeat(consumers, command, request, now, decision);
        else membership.Heartbeat(group?.Members, command, request, now, decision);
    }

    private void Leave(GroupCommand command, LeaveGroupRequest request, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var group = Find(request.GroupId);
        if (group?.Consumer is not null) classicMembers.Leave(group, command, request, now, decision);
        else membership.Leave(group?.Members, command, request, now, decision);
        Tend(request.GroupId);
    }

    private void Heartbeat(GroupCommand command, ConsumerGroupHeartbeatRequest request, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var known = Find(request.GroupId);
        var refusal = consumerHeartbeats.Check(request, command.Origin.Version, known?.Consumer);
        if (refusal is null && known is null && request.MemberEpoch != ConsumerHeartbeats.JoinEpoch) refusal = new Refusal(ErrorCode.GroupIdNotFound, $"Group {request.GroupId} not found.");
        if (refusal is { } error)
        {
            decision.Reply(command.Call, error.ToHeartbeat());
            return;
        }

        consumerHeartbeats.Heartbeat(GetOrAdd(request.GroupId), command, request, now, decision);
        Tend(request.GroupId);
    }

    /// <summary>Members are gone that were silent, or late with what they had to do.</summary>
    private void Expire(Group group, ConsumerGroup consumers, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var late = new List<ConsumerMember>();
        while (consumers.Deadlines.TryTakeDue(now, out var due))
        {
            if (consumers.Member(due.MemberId) is { } member && !late.Contains(member)) late.Add(member);
        }

        if (late.Count > 0) migration.Remove(group, late, now, decision);
    }

    /// <summary>After a failover all members have full sessions.</summary>
    private void Resume(Group group, ConsumerGroup consumers, TimestampMs now)
    {
        foreach (var member in consumers.Members)
        {
            var session = member.Metadata.Classic?.SessionTimeoutMs ?? settings.ConfigOf(group.Id).ConsumerSessionTimeoutMs;
            consumers.Deadlines.Set((member.MemberId, MemberDeadline.Session), new TimestampMs(now.Value + session));
            if (member.Assignment.State == MemberState.UnrevokedPartitions)
                consumers.Deadlines.Set((member.MemberId, MemberDeadline.Revocation), new TimestampMs(now.Value + member.Metadata.RebalanceTimeoutMs));
        }

        Tend(group.Id);
    }

    private DescribeGroupProgressResponse.GroupProgress DescribeProgress(ConsumerGroup group, Dictionary<TopicPartition, string> owners) => ConsumerGroupProgress.Describe(
        group, topics.Image, consumerRebalance.PreferredAssignor(group), settings.ConfigOf(group.Id).ConsumerSessionTimeoutMs, owners);

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
                : group.Members.State != GroupState.Empty || group.Consumer is { Count: > 0 } ? ErrorCode.NonEmptyGroup
                : ErrorCode.None;
            response.Results.Add(new DeleteGroupsResponse.DeletableGroupResult { GroupId = id, ErrorCode = (short)error });
            if (error != ErrorCode.None) continue;
            foreach (var (partition, _) in group!.Offsets.All) decision.Add(new OffsetCommitRecord(id, partition, null));
            if (group.Consumer is { } consumers) ConsumerRebalance.AddTombstones(consumers, decision);
            else decision.Add(new GroupMetadataRecord(id, null));
        }

        return response;
    }

    /// <summary>After something happened in a group: sees to it that it is looked at in time, or forgets it.</summary>
    private void Tend(string id)
    {
        if (Find(id) is not { } group) return;
        if (group.IsNothing) groups.Remove(id);
        // Deadlines that move away are noticed when the earlier one comes.
        else if (group.NextDeadline() is { } next && (group.WakeAt is not { } at || next.Value < at.Value))
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
