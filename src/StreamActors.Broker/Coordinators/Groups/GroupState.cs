namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>Where a group is in its life; the names are what DescribeGroups and ListGroups say.</summary>
internal enum GroupState
{
    /// <summary>Nobody is in it; its offsets may be.</summary>
    Empty,

    /// <summary>Its members are asked to join again; JoinGroup waits.</summary>
    PreparingRebalance,

    /// <summary>Its members have joined; SyncGroup waits for the leader's assignment.</summary>
    CompletingRebalance,

    /// <summary>Its members have their assignments.</summary>
    Stable,

    /// <summary>There is no such group.</summary>
    Dead,
}
