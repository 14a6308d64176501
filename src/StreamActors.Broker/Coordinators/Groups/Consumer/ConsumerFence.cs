using StreamActors.Protocol;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>Who may commit and read offsets of a consumer group.</summary>
internal static class ConsumerFence
{
    // Before, a request could not say member epochs.
    private const short MemberEpochSince = 9;

    public static ErrorCode CheckCommit(ConsumerGroup group, string memberId, string? instanceId, int epoch, short version)
    {
        // An operator, or a consumer that assigns its partitions itself.
        if (epoch < 0 && group.Count == 0) return ErrorCode.None;
        if (instanceId is not null && group.StaticMember(instanceId) is { } current && current.MemberId != memberId) return ErrorCode.FencedInstanceId;
        if (group.Member(memberId) is not { } member) return ErrorCode.UnknownMemberId;
        if (!member.IsClassic && version < MemberEpochSince) return ErrorCode.UnsupportedVersion;
        if (member.Epoch == epoch) return ErrorCode.None;
        return member.IsClassic ? ErrorCode.IllegalGeneration : ErrorCode.StaleMemberEpoch;
    }

    /// <summary>
    /// A member that has not heard of its epoch yet may commit what it has had since the one that it knows (KIP-1251): nobody else can have had it in between.
    /// </summary>
    public static bool MayCommit(ConsumerGroup group, string memberId, int epoch, Guid topic, int partition) =>
        group.Member(memberId) is { IsClassic: false } member && epoch >= 0 && epoch < member.Epoch
        && (member.Assignment.Assigned.Contains(topic, partition) || member.Assignment.Revoking.Contains(topic, partition))
        && member.Assignment.SinceOf(topic, partition) <= epoch;

    public static ErrorCode CheckFetch(ConsumerGroup group, string? memberId, int epoch)
    {
        if (memberId is null && epoch < 0) return ErrorCode.None;
        if (group.Member(memberId ?? "") is not { } member) return ErrorCode.UnknownMemberId;
        return member.Epoch == epoch ? ErrorCode.None : ErrorCode.StaleMemberEpoch;
    }
}
