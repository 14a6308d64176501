using System.Collections.Immutable;
using StreamActors.Broker.Coordinators.Groups.Consumer;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>
/// Groups and offsets as Kafka keeps them in <c>__consumer_offsets</c>: a key begins with the type of the record, a value with
/// its version. Types of share and streams groups are skipped.
/// </summary>
internal sealed class GroupRecordCodec : ICoordinatorCodec<GroupRecord>
{
    // The highest versions that are not flexible, which older brokers read as well.
    private const short GroupVersion = 3;
    private const short OffsetVersion = 3;

    // The only version that has room for a retention of the client's own.
    private const short OffsetVersionWithExpiry = 1;

    public static readonly GroupRecordCodec Instance = new();

    public (byte[] Key, byte[]? Value) Encode(GroupRecord record) => record switch
    {
        GroupMetadataRecord group => (
            Prefixed(GroupMetadataKey.RecordType, new GroupMetadataKey { Group = group.GroupId }, 0),
            group.Value is null ? null : Prefixed(GroupVersion, ToMessage(group.Value), GroupVersion)),
        OffsetCommitRecord offset => (
            Prefixed(OffsetCommitKey.RecordType, ToKey(offset), 0),
            offset.Value is { } value ? EncodeOffset(value) : null),
        ConsumerGroupRecord consumers => ConsumerRecordCodec.Encode(consumers),
        _ => throw new InvalidOperationException($"A group's log has no {record.GetType().Name}"),
    };

    public bool TryDecode(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte>? value, out GroupRecord record)
    {
        var reader = new WireReader(key);
        var type = reader.ReadInt16();
        switch (type)
        {
            case LegacyOffsetCommitKey.RecordType:
            case OffsetCommitKey.RecordType:
                var offset = OffsetCommitKey.Read(ref reader, 0);
                record = new OffsetCommitRecord(
                    offset.Group, new TopicPartition(offset.Topic, offset.Partition), value is null ? null : DecodeOffset(value.Value));
                return true;
            case GroupMetadataKey.RecordType:
                var group = GroupMetadataKey.Read(ref reader, 0);
                record = new GroupMetadataRecord(group.Group, value is null ? null : DecodeGroup(value.Value));
                return true;
            default:
                record = ConsumerRecordCodec.Decode(type, ref reader, value)!;
                return record is not null;
        }
    }

    /// <summary>The bytes of a group's value.</summary>
    public static int SizeOf(StoredGroup group) => sizeof(short) + ToMessage(group).Size(GroupVersion);

    private static OffsetCommitKey ToKey(OffsetCommitRecord record) => new()
    {
        Group = record.GroupId,
        Topic = record.Partition.Topic,
        Partition = record.Partition.Partition,
    };

    private static byte[] EncodeOffset(CommittedOffset offset)
    {
        var version = offset.ExpireTimestamp is null ? OffsetVersion : OffsetVersionWithExpiry;
        var message = new OffsetCommitValue
        {
            Offset = offset.Offset,
            LeaderEpoch = offset.LeaderEpoch,
            Metadata = offset.Metadata,
            CommitTimestamp = offset.CommitTimestamp.Value,
            ExpireTimestamp = offset.ExpireTimestamp?.Value ?? -1,
        };
        return Prefixed(version, message, version);
    }

    private static CommittedOffset DecodeOffset(ReadOnlyMemory<byte> value)
    {
        var reader = new WireReader(value);
        var message = OffsetCommitValue.Read(ref reader, reader.ReadInt16());
        return new CommittedOffset(
            message.Offset,
            message.LeaderEpoch,
            message.Metadata,
            new TimestampMs(message.CommitTimestamp),
            message.ExpireTimestamp == -1 ? null : new TimestampMs(message.ExpireTimestamp));
    }

    private static GroupMetadataValue ToMessage(StoredGroup group)
    {
        var message = new GroupMetadataValue
        {
            ProtocolType = group.ProtocolType,
            Generation = group.Generation,
            Protocol = group.Protocol,
            Leader = group.Leader,
            CurrentStateTimestamp = group.StateTimestamp.Value,
        };
        foreach (var member in group.Members)
        {
            message.Members.Add(new GroupMetadataValue.MemberMetadata
            {
                MemberId = member.MemberId,
                GroupInstanceId = member.InstanceId,
                ClientId = member.ClientId,
                ClientHost = member.ClientHost,
                RebalanceTimeout = member.RebalanceTimeoutMs,
                SessionTimeout = member.SessionTimeoutMs,
                Subscription = member.Subscription,
                Assignment = member.Assignment,
            });
        }

        return message;
    }

    private static StoredGroup DecodeGroup(ReadOnlyMemory<byte> value)
    {
        var reader = new WireReader(value);
        var message = GroupMetadataValue.Read(ref reader, reader.ReadInt16());
        var members = message.Members.Select(member => new StoredMember(
            member.MemberId,
            member.GroupInstanceId,
            member.ClientId,
            member.ClientHost,
            member.RebalanceTimeout == -1 ? member.SessionTimeout : member.RebalanceTimeout,
            member.SessionTimeout,
            // The slices end with the buffer that the log was read into.
            member.Subscription.ToArray(),
            member.Assignment.ToArray()));
        return new StoredGroup(
            message.ProtocolType,
            message.Generation,
            message.Protocol,
            message.Leader,
            new TimestampMs(message.CurrentStateTimestamp),
            [.. members]);
    }

    /// <summary>A key with its type before it, or a value with its version.</summary>
    internal static byte[] Prefixed(short prefix, IApiMessage message, short version)
    {
        using var writer = new WireWriter();
        writer.WriteInt16(prefix);
        message.Write(writer, version);
        return writer.Written.ToArray();
    }
}
