using StreamActors.Cluster.Metadata;

namespace StreamActors.Cluster.Controller;

/// <summary>
/// Spreads the replicas of new partitions over the brokers that are alive: leaders in turn, the replicas of a partition on
/// different racks as long as there are any.
/// </summary>
internal static class ReplicaPlacement
{
    /// <param name="start">Where in the circle to begin, so that small topics do not all begin at the first broker.</param>
    /// <returns>Per partition its brokers, the preferred leader first.</returns>
    public static List<List<int>> Place(MetadataImage image, int firstPartition, int partitions, int replicationFactor, int start)
    {
        var circle = AlternateRacks([.. image.Brokers.Values.Where(broker => !broker.Fenced)]);
        var placed = new List<List<int>>(partitions);
        for (var index = 0; index < partitions; index++)
        {
            var position = firstPartition + index;
            var leader = (int)(((uint)start + (uint)position) % (uint)circle.Count);
            // The followers' distance grows with each round, so that a leader's load does not fall on one neighbour when it fails.
            var shift = circle.Count == 1 ? 0 : position / circle.Count % (circle.Count - 1);
            placed.Add(Choose(circle, leader, shift, replicationFactor));
        }

        return placed;
    }

    private static List<int> Choose(List<BrokerImage> circle, int leader, int shift, int replicationFactor)
    {
        var chosen = new List<int>(replicationFactor) { circle[leader].Id.Value };
        var racks = new HashSet<string?>(StringComparer.Ordinal) { circle[leader].Rack };
        for (var pass = 0; pass < 2 && chosen.Count < replicationFactor; pass++)
        {
            for (var step = 0; step < circle.Count - 1 && chosen.Count < replicationFactor; step++)
            {
                var broker = circle[(leader + 1 + ((shift + step) % (circle.Count - 1))) % circle.Count];
                if (chosen.Contains(broker.Id.Value)) continue;
                if (pass == 0 && broker.Rack is not null && !racks.Add(broker.Rack)) continue;
                chosen.Add(broker.Id.Value);
            }
        }

        return chosen;
    }

    private static List<BrokerImage> AlternateRacks(List<BrokerImage> brokers)
    {
        var racks = brokers.GroupBy(broker => broker.Rack ?? "", StringComparer.Ordinal).OrderBy(rack => rack.Key, StringComparer.Ordinal)
            .Select(rack => new Queue<BrokerImage>(rack)).ToList();
        var circle = new List<BrokerImage>(brokers.Count);
        while (circle.Count < brokers.Count)
        {
            foreach (var rack in racks)
            {
                if (rack.TryDequeue(out var broker)) circle.Add(broker);
            }
        }

        return circle;
    }
}
