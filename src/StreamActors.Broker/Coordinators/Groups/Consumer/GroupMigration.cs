using System.Collections.Immutable;
using StreamActors.Protocol;
using StreamActors.Protocol.Records;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>
/// Groups change between the classic and the consumer protocol while they run: the first member of the new protocol upgrades the group, and
/// when the last one has gone it is a classic group again. Members of the classic protocol go on in between.
/// </summary>
internal sealed class GroupMigration(GroupSettings settings, GroupRebalance classicRebalance, ConsumerRebalance rebalance, ConsumerTopics topics)
{
    /// <summary>
    /// Makes a consumer group of a classic one. Its records are applied at once, since what comes next builds on them; that they are applied
    /// again with the decision changes nothing.
    /// </summary>
    public Refusal? Upgrade(Group group, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var classic = group.Members;
        if (classic.Count == 0)
        {
            if (group.Stored is not null) decision.Add(new GroupMetadataRecord(group.Id, null));
            group.Members = new ClassicGroup(group.Id);
            group.Consumer = new ConsumerGroup(group.Id);
            return null;
        }

        if (!settings.Consumer.Migration.HasFlag(MigrationPolicy.Upgrade) || !classic.UsesConsumerProtocol || classic.Count > settings.Consumer.MaxSize)
            return new Refusal(ErrorCode.GroupIdNotFound, $"Group {group.Id} is not a consumer group.");
        var members = new List<ConsumerMember>();
        foreach (var member in classic.Members)
        {
            if (ToConsumer(member, classic) is not { } converted)
                return new Refusal(ErrorCode.GroupIdNotFound, $"Cannot upgrade the classic group {group.Id} to consumer group because the embedded consumer protocol is malformed.");
            members.Add(converted);
        }

        foreach (var member in classic.Members) classicRebalance.Answer(member, ErrorCode.RebalanceInProgress, decision);
        var consumers = new ConsumerGroup(group.Id);
        var records = new List<ConsumerGroupRecord>();
        records.AddRange(members.Select(member => new MemberMetadataRecord(group.Id, member.MemberId, member.Metadata)));
        records.Add(new GroupEpochRecord(group.Id, new GroupEpoch(classic.Generation, 0)));
        records.AddRange(members.Select(member => new TargetAssignmentRecord(group.Id, member.MemberId, member.Assignment.Assigned)));
        records.Add(new TargetEpochRecord(group.Id, new TargetEpoch(classic.Generation, TimestampMs.None)));
        records.AddRange(members.Select(member => new CurrentAssignmentRecord(group.Id, member.MemberId, member.Assignment)));
        decision.Add(new GroupMetadataRecord(group.Id, null));
        foreach (var record in records)
        {
            decision.Add(record);
            consumers.Apply(record);
        }

        foreach (var member in members)
            consumers.Deadlines.Set((member.MemberId, MemberDeadline.Session), new TimestampMs(now.Value + member.Metadata.Classic!.SessionTimeoutMs));
        group.Members = new ClassicGroup(group.Id);
        group.Consumer = consumers;
        return null;
    }

    /// <summary>Members are gone. If all that are left speak the classic protocol, the group does from now on.</summary>
    public void Remove(Group group, IReadOnlyCollection<ConsumerMember> leaving, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var consumers = group.Consumer!;
        var left = consumers.Members.Where(member => !leaving.Contains(member)).ToList();
        if (leaving.Any(member => !member.IsClassic) && MayDowngrade(left)) Downgrade(group, left, now, decision);
        else rebalance.Remove(consumers, leaving, now, decision);
    }

    public bool MayDowngrade(IReadOnlyCollection<ConsumerMember> members) =>
        members.Count > 0 && members.Count <= settings.MaxSize && members.All(member => member.IsClassic) && settings.Consumer.Migration.HasFlag(MigrationPolicy.Downgrade);

    /// <summary>They keep what they have until they have joined the rebalance that this begins.</summary>
    public void Downgrade(Group group, IReadOnlyCollection<ConsumerMember> members, TimestampMs now, DecisionBuilder<GroupRecord> decision)
    {
        var consumers = group.Consumer!;
        ConsumerRebalance.AddTombstones(consumers, decision);
        var protocol = members.First().Metadata.Classic!.Protocols.First(each => members.All(member => Offers(member, each.Name))).Name;
        var stored = new StoredGroup(
            ConsumerProtocol.Type, consumers.Epoch, protocol, members.First().MemberId, now, [.. members.Select(member => ToStored(member, protocol))]);
        decision.Add(new GroupMetadataRecord(group.Id, stored));
        group.Consumer = null;
        group.Members = ClassicGroup.Restore(group.Id, stored);
        foreach (var member in members)
        {
            var restored = group.Members.Member(member.MemberId)!;
            restored.Protocols = member.Metadata.Classic!.Protocols;
            classicRebalance.Touch(restored, now);
        }

        classicRebalance.Prepare(group.Members, now, decision);
    }

    private StoredMember ToStored(ConsumerMember member, string protocol)
    {
        var subscription = member.Metadata.Classic!.Protocols.First(each => each.Name == protocol).Metadata;
        return new StoredMember(
            member.MemberId,
            member.Metadata.InstanceId,
            member.Metadata.ClientId,
            member.Metadata.ClientHost,
            member.Metadata.RebalanceTimeoutMs,
            member.Metadata.Classic.SessionTimeoutMs,
            subscription,
            ConsumerProtocol.WriteAssignment(member.Assignment.Assigned, subscription, topics.Image));
    }

    private ConsumerMember? ToConsumer(GroupMember member, ClassicGroup group)
    {
        if (member.Protocols.IsEmpty) return null;
        var metadata = member.MetadataOf(group.Protocol ?? member.Protocols[0].Name);
        if (EmbeddedProtocol.TryReadSubscription(metadata) is not { } subscription) return null;
        if (ConsumerProtocol.TryReadAssignment(member.Assignment, topics.Image) is not { } assigned) return null;
        return new ConsumerMember(
            member.MemberId,
            MemberMetadata.OfClassic(
                member.InstanceId,
                subscription.RackId,
                member.ClientId,
                member.ClientHost,
                subscription.Topics,
                member.RebalanceTimeoutMs,
                new ClassicMembership(member.SessionTimeoutMs, member.Protocols)),
            new MemberAssignment(group.Generation, group.Generation, MemberState.Stable, assigned, PartitionSet.Empty));
    }

    private static bool Offers(ConsumerMember member, string protocol) => member.Metadata.Classic!.Protocols.Any(each => each.Name == protocol);
}
