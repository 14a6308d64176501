using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>What a deadline of a member is for.</summary>
internal enum MemberDeadline
{
    /// <summary>It has to be heard of.</summary>
    Session,

    /// <summary>It has to give back what it was asked for.</summary>
    Revocation,

    /// <summary>A member of the classic protocol has to join again.</summary>
    Join,

    /// <summary>A member of the classic protocol has to fetch its assignment.</summary>
    Sync,
}

/// <summary>
/// A consumer group (KIP-848) as the log has it: <see cref="Apply"/> alone changes that, and takes records in any order that a compacted log may have. Beside it,
/// what is passing: deadlines, and the metadata that was looked at last.
/// </summary>
internal sealed class ConsumerGroup(string id)
{
    private readonly OrderedDictionary<string, ConsumerMember> members = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> staticMembers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PartitionSet> targets = new(StringComparer.Ordinal);
    private readonly Dictionary<(Guid Topic, int Partition), string> owners = [];
    private readonly SortedDictionary<string, MatchedTopics> matches = new(StringComparer.Ordinal);

    public string Id => id;

    public int Epoch { get; private set; }

    public long MetadataHash { get; private set; }

    public TargetEpoch Target { get; private set; } = new(0, TimestampMs.None);

    public OrderedDictionary<string, ConsumerMember>.ValueCollection Members => members.Values;

    public int Count => members.Count;

    /// <summary>The patterns that were matched, with what they matched.</summary>
    public IReadOnlyDictionary<string, MatchedTopics> Matches => matches;

    public IReadOnlyDictionary<string, PartitionSet> Targets => targets;

    public DeadlineQueue<(string MemberId, MemberDeadline For)> Deadlines { get; } = new();

    /// <summary>The metadata that its topics were last compared with; null before the first time.</summary>
    public MetadataImage? SeenMetadata { get; set; }

    /// <summary>Since when it has its epoch, as far as this coordinator has seen it. A group without members has had its epoch since it lost the last one.</summary>
    public TimestampMs EpochSince { get; set; } = TimestampMs.None;

    public bool IsNothing => members.Count == 0 && Epoch == 0 && Deadlines.IsEmpty;

    public string State
    {
        get
        {
            if (members.Count == 0) return "Empty";
            if (Epoch > Target.Epoch) return "Assigning";
            return Members.All(member => member.HasReached(Target.Epoch)) ? "Stable" : "Reconciling";
        }
    }

    public ConsumerMember? Member(string memberId) => members.GetValueOrDefault(memberId);

    public ConsumerMember? StaticMember(string instanceId) => staticMembers.TryGetValue(instanceId, out var memberId) ? Member(memberId) : null;

    public PartitionSet TargetOf(string memberId) => targets.GetValueOrDefault(memberId) ?? PartitionSet.Empty;

    public string? OwnerOf(Guid topic, int partition) => owners.GetValueOrDefault((topic, partition));

    /// <summary>Whether a member waits for partitions that others still have.</summary>
    public bool IsWaitingForOthers(ConsumerMember member) =>
        TargetOf(member.MemberId).All.Any(each => OwnerOf(each.Topic, each.Partition) is { } owner && owner != member.MemberId);

    /// <summary>The names and patterns that a member's topics come from, resolved.</summary>
    public IEnumerable<string> TopicsOf(MemberMetadata member) =>
        member.Regex is { } regex && matches.TryGetValue(regex, out var matched) ? member.Topics.Concat(matched.Topics) : member.Topics;

    public void Apply(ConsumerGroupRecord record)
    {
        switch (record)
        {
            case GroupEpochRecord { Value: { } epoch }: (Epoch, MetadataHash) = (epoch.Epoch, epoch.MetadataHash); break;
            case GroupEpochRecord: (Epoch, MetadataHash) = (0, 0); break;
            case TargetEpochRecord target: Target = target.Value ?? new TargetEpoch(0, TimestampMs.None); break;
            case TargetAssignmentRecord { Value: { } target } of: targets[of.MemberId] = target; break;
            case TargetAssignmentRecord of: targets.Remove(of.MemberId); break;
            case RegularExpressionRecord { Value: { } matched } of: matches[of.Regex] = matched; break;
            case RegularExpressionRecord of: matches.Remove(of.Regex); break;
            case MemberMetadataRecord { Value: { } metadata } of: Set(Member(of.MemberId)?.Assignment ?? MemberAssignment.None, metadata, of.MemberId); break;
            case MemberMetadataRecord of: Remove(of.MemberId); break;
            case CurrentAssignmentRecord { Value: { } assignment } of: Set(assignment, Member(of.MemberId)?.Metadata ?? MemberMetadata.Nothing, of.MemberId); break;
            case CurrentAssignmentRecord of when Member(of.MemberId) is { } member: Set(MemberAssignment.None, member.Metadata, of.MemberId); break;
        }
    }

    private void Set(MemberAssignment assignment, MemberMetadata metadata, string memberId)
    {
        if (Member(memberId) is { } before)
        {
            Release(before);
            Forget(before);
        }

        members[memberId] = new ConsumerMember(memberId, metadata, assignment);
        if (metadata.InstanceId is { } instance) staticMembers[instance] = memberId;
        foreach (var each in assignment.Assigned.All) owners[each] = memberId;
        foreach (var each in assignment.Revoking.All) owners[each] = memberId;
    }

    private void Remove(string memberId)
    {
        if (Member(memberId) is not { } member) return;
        Release(member);
        Forget(member);
        members.Remove(memberId);
        foreach (var each in Enum.GetValues<MemberDeadline>()) Deadlines.Clear((memberId, each));
    }

    private void Release(ConsumerMember member)
    {
        foreach (var each in member.Assignment.Assigned.All.Concat(member.Assignment.Revoking.All))
        {
            if (owners.GetValueOrDefault(each) == member.MemberId) owners.Remove(each);
        }
    }

    private void Forget(ConsumerMember member)
    {
        if (member.Metadata.InstanceId is { } instance && staticMembers.GetValueOrDefault(instance) == member.MemberId) staticMembers.Remove(instance);
    }
}
