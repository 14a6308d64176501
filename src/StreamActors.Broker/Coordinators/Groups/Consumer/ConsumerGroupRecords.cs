using System.Collections.Immutable;
using StreamActors.Protocol;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>What the log says of a consumer group. Each kind has a key of its own; a value of null is a tombstone.</summary>
internal abstract record ConsumerGroupRecord(string GroupId) : GroupRecord(GroupId)
{
    public abstract bool IsTombstone { get; }
}

/// <summary>The group's epoch, and a hash of the topics that it was reckoned with.</summary>
internal sealed record GroupEpochRecord(string GroupId, GroupEpoch? Value) : ConsumerGroupRecord(GroupId)
{
    public override bool IsTombstone => Value is null;
}

internal sealed record GroupEpoch(int Epoch, long MetadataHash);

/// <summary>What a member has said of itself.</summary>
internal sealed record MemberMetadataRecord(string GroupId, string MemberId, MemberMetadata? Value) : ConsumerGroupRecord(GroupId)
{
    public override bool IsTombstone => Value is null;
}

/// <summary>The epoch that the targets of all members are for, and when they were reckoned.</summary>
internal sealed record TargetEpochRecord(string GroupId, TargetEpoch? Value) : ConsumerGroupRecord(GroupId)
{
    public override bool IsTombstone => Value is null;
}

internal sealed record TargetEpoch(int Epoch, TimestampMs Timestamp);

/// <summary>What a member shall have in the end.</summary>
internal sealed record TargetAssignmentRecord(string GroupId, string MemberId, PartitionSet? Value) : ConsumerGroupRecord(GroupId)
{
    public override bool IsTombstone => Value is null;
}

/// <summary>What a member has.</summary>
internal sealed record CurrentAssignmentRecord(string GroupId, string MemberId, MemberAssignment? Value) : ConsumerGroupRecord(GroupId)
{
    public override bool IsTombstone => Value is null;
}

/// <summary>The topics that a pattern was found to match.</summary>
internal sealed record RegularExpressionRecord(string GroupId, string Regex, MatchedTopics? Value) : ConsumerGroupRecord(GroupId)
{
    public override bool IsTombstone => Value is null;
}

/// <param name="Version">The metadata's sequence number that was looked at.</param>
internal sealed record MatchedTopics(ImmutableArray<string> Topics, long Version, TimestampMs Timestamp);
