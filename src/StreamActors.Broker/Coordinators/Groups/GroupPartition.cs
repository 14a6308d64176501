namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>Which partition of <c>__consumer_offsets</c> a group belongs to. Clients and tools compute it too, so it is Kafka's.</summary>
public static class GroupPartition
{
    /// <summary>The partition of a group (or, in its own topic, of a transactional id) among <paramref name="partitionCount"/>.</summary>
    public static int For(string id, int partitionCount)
    {
        var hash = Hash(id);
        return hash == int.MinValue ? 0 : Math.Abs(hash) % partitionCount;
    }

    /// <summary>The polynomial of 31 over UTF-16 units.</summary>
    internal static int Hash(string id)
    {
        var hash = 0;
        foreach (var unit in id) hash = unchecked((31 * hash) + unit);
        return hash;
    }
}
