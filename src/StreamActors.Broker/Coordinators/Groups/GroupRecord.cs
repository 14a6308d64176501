using System.Collections.Immutable;
using StreamActors.Protocol;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>What the log says of a group: a change of durable state.</summary>
internal abstract record GroupRecord(string GroupId);

/// <summary>A generation of a group, as of when it was empty or had its assignments; null when the group is gone.</summary>
internal sealed record GroupMetadataRecord(string GroupId, StoredGroup? Value) : GroupRecord(GroupId);

/// <summary>A committed offset; null when it is gone.</summary>
internal sealed record OffsetCommitRecord(string GroupId, TopicPartition Partition, CommittedOffset? Value) : GroupRecord(GroupId);

/// <summary>A group at its last generation.</summary>
/// <param name="ProtocolType">Empty for a group that only keeps offsets.</param>
/// <param name="StateTimestamp">When the group came into its state; <see cref="TimestampMs.None"/> in old records.</param>
internal sealed record StoredGroup(
    string ProtocolType,
    int Generation,
    string? Protocol,
    string? Leader,
    TimestampMs StateTimestamp,
    ImmutableArray<StoredMember> Members);

/// <summary>A member at its group's last generation: what it subscribes to and what it was given, in the words of its protocol.</summary>
internal sealed record StoredMember(
    string MemberId,
    string? InstanceId,
    string ClientId,
    string ClientHost,
    int RebalanceTimeoutMs,
    int SessionTimeoutMs,
    ReadOnlyMemory<byte> Subscription,
    ReadOnlyMemory<byte> Assignment);

/// <summary>How far a group has read a partition.</summary>
/// <param name="LeaderEpoch">Of the last record that was read; -1 where the client did not say.</param>
/// <param name="ExpireTimestamp">Where an old client asked for a retention of its own.</param>
internal readonly record struct CommittedOffset(
    long Offset,
    int LeaderEpoch,
    string Metadata,
    TimestampMs CommitTimestamp,
    TimestampMs? ExpireTimestamp);
