using System.Collections.Immutable;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>
/// A member's next step from what it has to what it shall have (KIP-848): first it gives back, then it goes to the target's epoch, then it
/// is given what others have given back. So no partition is ever in two hands.
/// </summary>
internal static class MemberReconciliation
{
    /// <param name="current">What the member has.</param>
    /// <param name="target">What it shall have.</param>
    /// <param name="targetEpoch">The epoch of that.</param>
    /// <param name="owned">What the member says that it uses; null where it does not say, and may use all that it had.</param>
    /// <param name="isTaken">Whether another member has a partition, or has not given it back yet.</param>
    public static MemberAssignment Next(
        MemberAssignment current, PartitionSet target, int targetEpoch, PartitionSet? owned, Func<Guid, int, bool> isTaken)
    {
        switch (current.State)
        {
            case MemberState.Stable when current.Epoch == targetEpoch && current.Assigned.Equals(target): return current;
            // What it has to give back it may still use.
            case MemberState.UnrevokedPartitions when owned is null || owned.Overlaps(current.Revoking): return current;
        }

        var kept = current.Assigned.Intersect(target);
        var surplus = current.Assigned.Except(target);
        if (!surplus.IsEmpty && (owned is null || owned.Overlaps(surplus)))
            return current with { State = MemberState.UnrevokedPartitions, Assigned = kept, Revoking = surplus };

        var missing = target.Except(kept);
        var free = missing.Where((topic, partition) => !isTaken(topic, partition));
        var state = free.Count == missing.Count ? MemberState.Stable : MemberState.UnreleasedPartitions;
        return current.At(targetEpoch) with { State = state, Assigned = kept.Union(free), Revoking = PartitionSet.Empty, Since = Since(current, kept, free, targetEpoch) };
    }

    private static ImmutableDictionary<(Guid Topic, int Partition), int> Since(MemberAssignment current, PartitionSet kept, PartitionSet free, int epoch)
    {
        var since = ImmutableDictionary.CreateBuilder<(Guid Topic, int Partition), int>();
        foreach (var (topic, partition) in kept.All) since[(topic, partition)] = current.SinceOf(topic, partition);
        foreach (var (topic, partition) in free.All) since[(topic, partition)] = epoch;
        return since.ToImmutable();
    }
}
