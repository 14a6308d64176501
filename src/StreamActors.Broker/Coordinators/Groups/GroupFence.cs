using StreamActors.Protocol;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>Whether a request comes from a member of the group, as it is now.</summary>
internal static class GroupFence
{
    public static ErrorCode Check(ClassicGroup group, string memberId, string? instanceId)
    {
        if (instanceId is not null)
        {
            if (group.StaticMemberId(instanceId) is not { } current) return ErrorCode.UnknownMemberId;
            if (current != memberId) return ErrorCode.FencedInstanceId;
        }

        return group.Member(memberId) is null ? ErrorCode.UnknownMemberId : ErrorCode.None;
    }

    public static ErrorCode Check(ClassicGroup group, string memberId, string? instanceId, int generation)
    {
        var error = Check(group, memberId, instanceId);
        if (error != ErrorCode.None) return error;
        return generation == group.Generation ? ErrorCode.None : ErrorCode.IllegalGeneration;
    }

    /// <summary>
    /// Who may commit offsets: a member in its generation, or, while the group has no members, anybody who does not pretend to be
    /// one (an operator's tool, a consumer that assigns its partitions itself).
    /// </summary>
    public static ErrorCode CheckCommit(ClassicGroup group, string memberId, string? instanceId, int generation)
    {
        if (generation < 0 && group.State == GroupState.Empty) return ErrorCode.None;
        if (generation < 0 && memberId.Length == 0 && instanceId is null) return ErrorCode.UnknownMemberId;
        var error = Check(group, memberId, instanceId, generation);
        if (error != ErrorCode.None) return error;
        // It knows its generation but not its assignment: what it read belongs to the one before.
        return group.State == GroupState.CompletingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }
}
