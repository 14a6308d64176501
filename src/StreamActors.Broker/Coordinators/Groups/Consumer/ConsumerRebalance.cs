using System.Collections.Immutable;
using StreamActors.Broker.Coordinators.Groups.Consumer.Assignors;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>
/// How a consumer group goes on (KIP-848): what a member says changes the group's epoch, a new epoch gets new targets, and the member makes its next step towards its
/// own. No member ever waits for another one's answer.
/// </summary>
internal sealed class ConsumerRebalance(GroupSettings settings, ConsumerTopics topics)
{
    private readonly ImmutableArray<IPartitionAssignor> assignors = [.. settings.Consumer.Assignors.Select(Known).OfType<IPartitionAssignor>()];

    /// <summary>The names that a member may choose from; the first is the default.</summary>
    public IEnumerable<string> Assignors => assignors.Select(each => each.Name);

    /// <param name="group">As it is.</param>
    /// <param name="before">The member as it was; null for a new one.</param>
    /// <param name="member">The member with what it says now, and what it had.</param>
    /// <param name="replaced">The static member whose place it takes; it has what that one had.</param>
    /// <param name="owned">What it says that it uses; null where it does not say.</param>
    /// <param name="now">The time of it.</param>
    /// <param name="decision">Takes the records.</param>
    /// <returns>The member after its step.</returns>
    public ConsumerMember Advance(
        ConsumerGroup group, ConsumerMember? before, ConsumerMember member, ConsumerMember? replaced, PartitionSet? owned, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        if (replaced is not null) AddTombstones(group, replaced, decision);
        if (before is null || !before.Metadata.Equals(member.Metadata)) decision.Add(new MemberMetadataRecord(group.Id, member.MemberId, member.Metadata));
        var roster = new Roster(group, member, replaced);
        var hasChanged = before is null ? replaced is null || !replaced.Metadata.SubscribesAs(member.Metadata) : !before.Metadata.SubscribesAs(member.Metadata);
        var epoch = UpdateEpoch(group, roster, hasChanged, now, decision);

        var (target, targetEpoch) = (group.TargetOf((replaced ?? member).MemberId), group.Target.Epoch);
        if (epoch > targetEpoch && IsDue(group, now)) (target, targetEpoch) = (UpdateTargets(group, roster, epoch, now, decision), epoch);
        else if (replaced is not null) decision.Add(new TargetAssignmentRecord(group.Id, member.MemberId, target));
        else if (hasChanged) target = OfSubscribed(target, roster, member);

        var next = MemberReconciliation.Next(
            member.Assignment, target, targetEpoch, owned,
            (topic, partition) => group.OwnerOf(topic, partition) is { } owner && owner != member.MemberId && owner != replaced?.MemberId);
        if (!next.Equals(before?.Assignment)) decision.Add(new CurrentAssignmentRecord(group.Id, member.MemberId, next));
        SetRevocationDeadline(group, member, next, now);
        return member with { Assignment = next };
    }

    /// <summary>Members are gone: what they had is free at once.</summary>
    public void Remove(ConsumerGroup group, IReadOnlyCollection<ConsumerMember> leaving, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        foreach (var member in leaving) AddTombstones(group, member, decision);
        var roster = new Roster(group, null, null, leaving);
        RemoveUnusedPatterns(group, roster, decision);
        group.EpochSince = now;
        decision.Add(new GroupEpochRecord(group.Id, new GroupEpoch(group.Epoch + 1, ConsumerTopics.Hash(roster.TopicNames(), topics.Image))));
    }

    /// <summary>All of the group is to be forgotten.</summary>
    public static void AddTombstones(ConsumerGroup group, DecisionBuilder<GroupRecord> decision)
    {
        foreach (var member in group.Members) AddTombstones(group, member, decision);
        foreach (var regex in group.Matches.Keys) decision.Add(new RegularExpressionRecord(group.Id, regex, null));
        decision.Add(new TargetEpochRecord(group.Id, null));
        decision.Add(new GroupEpochRecord(group.Id, null));
    }

    public string PreferredAssignor(ConsumerGroup group) => Preferred(group.Members).Name;

    private static void AddTombstones(ConsumerGroup group, ConsumerMember member, DecisionBuilder<GroupRecord> decision)
    {
        decision.Add(new CurrentAssignmentRecord(group.Id, member.MemberId, null));
        decision.Add(new TargetAssignmentRecord(group.Id, member.MemberId, null));
        decision.Add(new MemberMetadataRecord(group.Id, member.MemberId, null));
    }

    /// <summary>A new epoch where subscriptions have changed, or topics that somebody subscribes to.</summary>
    private int UpdateEpoch(ConsumerGroup group, Roster roster, bool hasChanged, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var image = topics.Image;
        if (!hasChanged && ReferenceEquals(group.SeenMetadata, image)) return group.Epoch;
        var isUpToDate = MatchPatterns(group, roster, image, now, decision);
        var hash = ConsumerTopics.Hash(roster.TopicNames(), image);
        // What could not be matched yet is looked at again by the next heartbeat.
        group.SeenMetadata = isUpToDate ? image : null;
        if (!hasChanged && hash == group.MetadataHash) return group.Epoch;
        var epoch = group.Epoch + 1;
        group.EpochSince = now;
        decision.Add(new GroupEpochRecord(group.Id, new GroupEpoch(epoch, hash)));
        return epoch;
    }

    /// <summary>False where one has to be matched anew, but too short a time has passed.</summary>
    private static bool MatchPatterns(ConsumerGroup group, Roster roster, MetadataImage image, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var isUpToDate = true;
        foreach (var regex in roster.Patterns())
        {
            if (group.Matches.TryGetValue(regex, out var known) && !ConsumerTopics.IsStale(known, image, now))
            {
                isUpToDate &= known.Version == image.Sequence;
                continue;
            }

            var matched = ConsumerTopics.Match(regex, image, now);
            roster.Matched[regex] = matched;
            // Where nothing has changed for the group, the log need not hear of it.
            if (known is null || !known.Topics.AsSpan().SequenceEqual(matched.Topics.AsSpan())) decision.Add(new RegularExpressionRecord(group.Id, regex, matched));
        }

        RemoveUnusedPatterns(group, roster, decision);
        return isUpToDate;
    }

    private static void RemoveUnusedPatterns(ConsumerGroup group, Roster roster, DecisionBuilder<GroupRecord> decision)
    {
        if (group.Matches.Count == 0) return;
        var used = roster.Patterns().ToHashSet(StringComparer.Ordinal);
        foreach (var regex in group.Matches.Keys.Where(regex => !used.Contains(regex))) decision.Add(new RegularExpressionRecord(group.Id, regex, null));
    }

    private bool IsDue(ConsumerGroup group, TimestampMs now) =>
        group.Target.Timestamp == TimestampMs.None || now.Value - group.Target.Timestamp.Value >= settings.ConfigOf(group.Id).ConsumerAssignmentIntervalMs;

    private PartitionSet UpdateTargets(ConsumerGroup group, Roster roster, int epoch, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var described = ConsumerTopics.Describe(roster.TopicNames(), topics.Image);
        var ids = described.Values.ToDictionary(topic => topic.Name, topic => topic.Id, StringComparer.Ordinal);
        var members = roster.Members.OrderBy(member => member.MemberId, StringComparer.Ordinal).ToList();
        var input = new AssignmentInput(
            [.. members.Select(member => new AssignedMember(
                member.MemberId, member.Metadata.InstanceId, member.Metadata.RackId, Ids(roster.TopicsOf(member.Metadata)), TargetOf(member)))],
            described);
        var targets = Preferred(roster.Members).Assign(input);
        var own = PartitionSet.Empty;
        for (var index = 0; index < members.Count; index++)
        {
            var member = members[index];
            if (member.MemberId == roster.Joining?.MemberId) own = targets[index];
            if (!group.Targets.TryGetValue(member.MemberId, out var known) || !known.Equals(targets[index]))
                decision.Add(new TargetAssignmentRecord(group.Id, member.MemberId, targets[index]));
        }

        decision.Add(new TargetEpochRecord(group.Id, new TargetEpoch(epoch, now)));
        return own;

        ImmutableArray<Guid> Ids(IEnumerable<string> names) => [.. names.Where(ids.ContainsKey).Select(name => ids[name]).Distinct().Order()];

        PartitionSet TargetOf(ConsumerMember member) =>
            group.TargetOf(member.MemberId == roster.Joining?.MemberId && roster.Replaced is { } replaced ? replaced.MemberId : member.MemberId);
    }

    /// <summary>While new targets wait for their time, a member already gives back what it does not subscribe to any more.</summary>
    private PartitionSet OfSubscribed(PartitionSet target, Roster roster, ConsumerMember member)
    {
        var image = topics.Image;
        var subscribed = roster.TopicsOf(member.Metadata).ToHashSet(StringComparer.Ordinal);
        return target.Where((topic, _) => subscribed.Contains(ConsumerTopics.NameOf(image, topic)));
    }

    private static void SetRevocationDeadline(ConsumerGroup group, ConsumerMember member, MemberAssignment next, TimestampMs now)
    {
        var key = (member.MemberId, MemberDeadline.Revocation);
        if (next.State != MemberState.UnrevokedPartitions) group.Deadlines.Clear(key);
        else if (!next.Revoking.Equals(member.Assignment.Revoking) || group.Deadlines.Find(key) is null)
            group.Deadlines.Set(key, new TimestampMs(now.Value + member.Metadata.RebalanceTimeoutMs));
    }

    /// <summary>The one that most members want, and of equals the one that the broker names first.</summary>
    private IPartitionAssignor Preferred(IEnumerable<ConsumerMember> members)
    {
        var votes = members.Select(member => member.Metadata.ServerAssignor).OfType<string>().CountBy(name => name, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return votes.Count == 0 ? assignors[0] : assignors.MaxBy(each => votes.GetValueOrDefault(each.Name))!;
    }

    private static IPartitionAssignor? Known(string name) => name switch
    {
        "uniform" => new UniformAssignor(),
        "range" => new RangeAssignor(),
        _ => null,
    };

    /// <summary>The members as they will be when the decision's records are applied.</summary>
    private sealed class Roster(ConsumerGroup group, ConsumerMember? joining, ConsumerMember? replaced, IReadOnlyCollection<ConsumerMember>? leaving = null)
    {
        public ConsumerMember? Joining => joining;

        public ConsumerMember? Replaced => replaced;

        public Dictionary<string, MatchedTopics> Matched { get; } = new(StringComparer.Ordinal);

        public IEnumerable<ConsumerMember> Members
        {
            get
            {
                foreach (var member in group.Members)
                {
                    if (member.MemberId == joining?.MemberId || member.MemberId == replaced?.MemberId || leaving?.Contains(member) == true) continue;
                    yield return member;
                }

                if (joining is not null) yield return joining;
            }
        }

        public IEnumerable<string> Patterns() => Members.Select(member => member.Metadata.Regex).OfType<string>().Distinct(StringComparer.Ordinal);

        public HashSet<string> TopicNames()
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (var member in Members) names.UnionWith(member.Metadata.Topics);
            foreach (var regex in Patterns()) names.UnionWith(MatchesOf(regex));
            return names;
        }

        public IEnumerable<string> TopicsOf(MemberMetadata member) => member.Regex is { } regex ? member.Topics.Concat(MatchesOf(regex)) : member.Topics;

        private ImmutableArray<string> MatchesOf(string regex) =>
            Matched.TryGetValue(regex, out var matched) || group.Matches.TryGetValue(regex, out matched) ? matched.Topics : [];
    }
}
