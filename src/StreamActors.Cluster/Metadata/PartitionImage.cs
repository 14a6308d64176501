using System.Collections.Immutable;
using StreamActors.Protocol;

namespace StreamActors.Cluster.Metadata;

/// <summary>
/// One partition as the controller has decided it. 32 bytes and two references, so that a million sleeping partitions cost
/// little more than that.
/// </summary>
public readonly record struct PartitionImage(
    ImmutableArray<int> Replicas,
    ImmutableArray<int> InSyncReplicas,
    BrokerId Leader,
    LeaderEpoch LeaderEpoch,
    int PartitionEpoch)
{
    public bool IsReplica(BrokerId broker) => Replicas.Contains(broker.Value);

    /// <summary>Whether it is certain that a broker never had a folder of it before: under epoch 0 it leads for the first time.</summary>
    public bool IsNewOn(BrokerId broker) => Leader == broker && LeaderEpoch.Value == 0;

    /// <summary>In sync, and yet nobody leads: the broker has told that the data folder with its log is out of reach.</summary>
    public bool IsLostOn(BrokerId broker) => Leader == BrokerId.None && InSyncReplicas.Contains(broker.Value);
}

/// <summary>Shares the arrays of replicas that many partitions have in common.</summary>
internal static class ReplicaSets
{
    private static readonly ImmutableArray<int>[] Singles = [.. Enumerable.Range(0, 1024).Select(id => ImmutableArray.Create(id))];

    public static ImmutableArray<int> Of(List<int> brokers)
    {
        if (brokers.Count == 1 && (uint)brokers[0] < (uint)Singles.Length) return Singles[brokers[0]];
        return [.. brokers];
    }

    /// <summary>The same as <see cref="Of"/>, or <paramref name="known"/> itself where it is equal.</summary>
    public static ImmutableArray<int> OfOr(ImmutableArray<int> known, List<int> brokers) =>
        !known.IsDefault && known.AsSpan().SequenceEqual(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(brokers)) ? known : Of(brokers);
}
