using System.Collections.Immutable;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>Consumer groups as Kafka keeps them in <c>__consumer_offsets</c>: records 3, 5 to 8 and 16, all in version 0.</summary>
internal static class ConsumerRecordCodec
{
    private const short Version = 0;

    public static (byte[] Key, byte[]? Value) Encode(ConsumerGroupRecord record) => record switch
    {
        GroupEpochRecord group => (
            Key(ConsumerGroupMetadataKey.RecordType, new ConsumerGroupMetadataKey { GroupId = group.GroupId }),
            Value(group.Value is { } value ? new ConsumerGroupMetadataValue { Epoch = value.Epoch, MetadataHash = value.MetadataHash } : null)),
        MemberMetadataRecord member => (
            Key(ConsumerGroupMemberMetadataKey.RecordType, new ConsumerGroupMemberMetadataKey { GroupId = member.GroupId, MemberId = member.MemberId }),
            Value(member.Value is { } value ? ToMessage(value) : null)),
        TargetEpochRecord target => (
            Key(ConsumerGroupTargetAssignmentMetadataKey.RecordType, new ConsumerGroupTargetAssignmentMetadataKey { GroupId = target.GroupId }),
            Value(target.Value is { } value ? new ConsumerGroupTargetAssignmentMetadataValue { AssignmentEpoch = value.Epoch, AssignmentTimestamp = value.Timestamp.Value } : null)),
        TargetAssignmentRecord target => (
            Key(ConsumerGroupTargetAssignmentMemberKey.RecordType, new ConsumerGroupTargetAssignmentMemberKey { GroupId = target.GroupId, MemberId = target.MemberId }),
            Value(target.Value is { } value ? ToMessage(value) : null)),
        CurrentAssignmentRecord current => (
            Key(ConsumerGroupCurrentMemberAssignmentKey.RecordType, new ConsumerGroupCurrentMemberAssignmentKey { GroupId = current.GroupId, MemberId = current.MemberId }),
            Value(current.Value is { } value ? ToMessage(value) : null)),
        RegularExpressionRecord regex => (
            Key(ConsumerGroupRegularExpressionKey.RecordType, new ConsumerGroupRegularExpressionKey { GroupId = regex.GroupId, RegularExpression = regex.Regex }),
            Value(regex.Value is { } value
                ? new ConsumerGroupRegularExpressionValue { Topics = [.. value.Topics], Version = value.Version, Timestamp = value.Timestamp.Value }
                : null)),
        _ => throw new InvalidOperationException($"A group's log has no {record.GetType().Name}"),
    };

    /// <summary>Null for a type that is not of consumer groups.</summary>
    /// <param name="type">The type of the record.</param>
    /// <param name="key">Behind the type.</param>
    /// <param name="value">With its version; null for a tombstone.</param>
    public static ConsumerGroupRecord? Decode(short type, ref WireReader key, ReadOnlyMemory<byte>? value)
    {
        switch (type)
        {
            case ConsumerGroupMetadataKey.RecordType:
                var group = ConsumerGroupMetadataKey.Read(ref key, Version);
                return new GroupEpochRecord(group.GroupId, value is { } its ? Read(its, ToEpoch) : null);
            case ConsumerGroupMemberMetadataKey.RecordType:
                var member = ConsumerGroupMemberMetadataKey.Read(ref key, Version);
                return new MemberMetadataRecord(member.GroupId, member.MemberId, value is { } said ? Read(said, ToMetadata) : null);
            case ConsumerGroupTargetAssignmentMetadataKey.RecordType:
                var target = ConsumerGroupTargetAssignmentMetadataKey.Read(ref key, Version);
                return new TargetEpochRecord(target.GroupId, value is { } epoch ? Read(epoch, ToTargetEpoch) : null);
            case ConsumerGroupTargetAssignmentMemberKey.RecordType:
                var targeted = ConsumerGroupTargetAssignmentMemberKey.Read(ref key, Version);
                return new TargetAssignmentRecord(targeted.GroupId, targeted.MemberId, value is { } shall ? Read(shall, ToTarget) : null);
            case ConsumerGroupCurrentMemberAssignmentKey.RecordType:
                var current = ConsumerGroupCurrentMemberAssignmentKey.Read(ref key, Version);
                return new CurrentAssignmentRecord(current.GroupId, current.MemberId, value is { } has ? Read(has, ToAssignment) : null);
            case ConsumerGroupRegularExpressionKey.RecordType:
                var regex = ConsumerGroupRegularExpressionKey.Read(ref key, Version);
                return new RegularExpressionRecord(regex.GroupId, regex.RegularExpression, value is { } matched ? Read(matched, ToMatched) : null);
            default:
                return null;
        }
    }

    private delegate T Reading<T>(ref WireReader reader, short version);

    private static T Read<T>(ReadOnlyMemory<byte> value, Reading<T> read)
    {
        var reader = new WireReader(value);
        return read(ref reader, reader.ReadInt16());
    }

    private static GroupEpoch ToEpoch(ref WireReader reader, short version)
    {
        var message = ConsumerGroupMetadataValue.Read(ref reader, version);
        return new GroupEpoch(message.Epoch, message.MetadataHash);
    }

    private static TargetEpoch ToTargetEpoch(ref WireReader reader, short version)
    {
        var message = ConsumerGroupTargetAssignmentMetadataValue.Read(ref reader, version);
        return new TargetEpoch(message.AssignmentEpoch, new TimestampMs(message.AssignmentTimestamp));
    }

    private static PartitionSet ToTarget(ref WireReader reader, short version) =>
        PartitionSet.Of(ConsumerGroupTargetAssignmentMemberValue.Read(ref reader, version).TopicPartitions.Select(topic => (topic.TopicId, topic.Partitions.AsEnumerable())));

    private static MatchedTopics ToMatched(ref WireReader reader, short version)
    {
        var message = ConsumerGroupRegularExpressionValue.Read(ref reader, version);
        return new MatchedTopics([.. message.Topics], message.Version, new TimestampMs(message.Timestamp));
    }

    private static MemberMetadata ToMetadata(ref WireReader reader, short version)
    {
        var message = ConsumerGroupMemberMetadataValue.Read(ref reader, version);
        return new MemberMetadata(
            message.InstanceId,
            message.RackId,
            message.ClientId,
            message.ClientHost,
            [.. message.SubscribedTopicNames],
            string.IsNullOrEmpty(message.SubscribedTopicRegex) ? null : message.SubscribedTopicRegex,
            message.RebalanceTimeoutMs,
            message.ServerAssignor,
            // The slices end with the buffer that the log was read into.
            message.ClassicMemberMetadata is { } classic
                ? new ClassicMembership(classic.SessionTimeoutMs, [.. classic.SupportedProtocols.Select(protocol => new GroupProtocol(protocol.Name, protocol.Metadata.ToArray()))])
                : null);
    }

    private static MemberAssignment ToAssignment(ref WireReader reader, short version)
    {
        var message = ConsumerGroupCurrentMemberAssignmentValue.Read(ref reader, version);
        var since = ImmutableDictionary.CreateBuilder<(Guid Topic, int Partition), int>();
        foreach (var topic in message.AssignedPartitions.Concat(message.PartitionsPendingRevocation))
        {
            if (topic.AssignmentEpochs is not { } epochs || epochs.Count != topic.Partitions.Count) continue;
            for (var index = 0; index < epochs.Count; index++) since[(topic.TopicId, topic.Partitions[index])] = epochs[index];
        }

        return new MemberAssignment(
            message.MemberEpoch,
            message.PreviousMemberEpoch,
            Enum.IsDefined((MemberState)message.State) ? (MemberState)message.State : MemberState.Unknown,
            PartitionSet.Of(message.AssignedPartitions.Select(topic => (topic.TopicId, topic.Partitions.AsEnumerable()))),
            PartitionSet.Of(message.PartitionsPendingRevocation.Select(topic => (topic.TopicId, topic.Partitions.AsEnumerable()))))
        {
            Since = since.ToImmutable(),
        };
    }

    private static ConsumerGroupMemberMetadataValue ToMessage(MemberMetadata metadata) => new()
    {
        InstanceId = metadata.InstanceId,
        RackId = metadata.RackId,
        ClientId = metadata.ClientId,
        ClientHost = metadata.ClientHost,
        SubscribedTopicNames = [.. metadata.Topics],
        SubscribedTopicRegex = metadata.Regex,
        RebalanceTimeoutMs = metadata.RebalanceTimeoutMs,
        ServerAssignor = metadata.ServerAssignor,
        ClassicMemberMetadata = metadata.Classic is not { } classic ? null : new ConsumerGroupMemberMetadataValue.ClassicMemberMetadataData
        {
            SessionTimeoutMs = classic.SessionTimeoutMs,
            SupportedProtocols = [.. classic.Protocols.Select(protocol => new ConsumerGroupMemberMetadataValue.ClassicProtocol { Name = protocol.Name, Metadata = protocol.Metadata })],
        },
    };

    private static ConsumerGroupTargetAssignmentMemberValue ToMessage(PartitionSet target) => new()
    {
        TopicPartitions = [.. target.Topics.Select(topic => new ConsumerGroupTargetAssignmentMemberValue.TopicPartition { TopicId = topic.Id, Partitions = [.. topic.Partitions] })],
    };

    private static ConsumerGroupCurrentMemberAssignmentValue ToMessage(MemberAssignment assignment) => new()
    {
        MemberEpoch = assignment.Epoch,
        PreviousMemberEpoch = assignment.PreviousEpoch,
        State = (sbyte)assignment.State,
        AssignedPartitions = ToTopics(assignment, assignment.Assigned),
        PartitionsPendingRevocation = ToTopics(assignment, assignment.Revoking),
    };

    private static List<ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions> ToTopics(MemberAssignment assignment, PartitionSet partitions) =>
        [.. partitions.Topics.Select(topic => new ConsumerGroupCurrentMemberAssignmentValue.TopicPartitions
        {
            TopicId = topic.Id,
            Partitions = [.. topic.Partitions],
            AssignmentEpochs = [.. topic.Partitions.Select(partition => assignment.SinceOf(topic.Id, partition))],
        })];

    private static byte[] Key(short type, IApiMessage key) => GroupRecordCodec.Prefixed(type, key, Version);

    private static byte[]? Value(IApiMessage? value) => value is null ? null : GroupRecordCodec.Prefixed(Version, value, Version);
}
