using System.Collections.Immutable;

namespace StreamActors.Broker.Coordinators.Groups.Consumer.Assignors;

/// <summary>
/// Of each topic one range for each of its readers, the first ones longer by one where it does not divide. Topics that have the same readers and as many
/// partitions are cut alike, and a member has the same range of all of them, so that it can join them by key.
/// Which reader gets which range is free: those who have most of one keep it, then those who are near to it.
/// </summary>
internal sealed class RangeAssignor : IPartitionAssignor
{
    public string Name => "range";

    public PartitionSet[] Assign(AssignmentInput input)
    {
        var order = Enumerable.Range(0, input.Members.Length).ToList();
        order.Sort((left, right) => Compare(input.Members[left], input.Members[right]));
        var plan = new Plan(input);
        var readers = plan.Readers();
        // Topics with the same readers share the places that these have in line, however many partitions they have.
        foreach (var alike in input.Topics.Values.OrderBy(topic => topic.Id).GroupBy(topic => string.Join(' ', readers[topic.Id])))
        {
            var topics = alike.ToList();
            var mine = readers[topics[0].Id].ToHashSet();
            if (mine.Count == 0) continue;
            var places = Places([.. order.Where(mine.Contains)], topics, input.Members);
            foreach (var topic in topics) Cut(topic, places, plan);
        }

        return plan.Build();
    }

    private static void Cut(AssignedTopic topic, int[] places, Plan plan)
    {
        for (var place = 0; place < places.Length; place++)
        {
            var (start, end) = Range(topic.PartitionCount, places.Length, place);
            for (var partition = start; partition < end; partition++) plan.Give(places[place], topic.Id, partition);
        }
    }

    private static (int Start, int End) Range(int partitions, int readers, int place)
    {
        var (quota, extra) = (partitions / readers, partitions % readers);
        var start = (place * quota) + Math.Min(place, extra);
        return (start, start + quota + (place < extra ? 1 : 0));
    }

    private static int PlaceOf(int partitions, int readers, int partition)
    {
        var (quota, extra) = (partitions / readers, partitions % readers);
        var longer = extra * (quota + 1);
        return partition < longer ? partition / (quota + 1) : extra + ((partition - longer) / quota);
    }

    /// <summary>Who stands in which place of the line.</summary>
    private static int[] Places(List<int> readers, List<AssignedTopic> topics, ImmutableArray<AssignedMember> members)
    {
        var taken = new int[readers.Count];
        Array.Fill(taken, -1);
        var placed = new HashSet<int>();
        foreach (var (member, place) in Claims(readers, topics, members))
        {
            if (taken[place] >= 0 || placed.Contains(member)) continue;
            taken[place] = member;
            placed.Add(member);
        }

        var left = readers.Where(member => !placed.Contains(member)).ToList();
        for (var place = 0; place < taken.Length && left.Count > 0; place++)
        {
            if (taken[place] >= 0) continue;
            var near = left.FindIndex(member => IsNear(members[member], topics, readers.Count, place));
            var next = Math.Max(near, 0);
            taken[place] = left[next];
            left.RemoveAt(next);
        }

        return taken;
    }

    /// <summary>Places that members have something of already, those with most of it first, and of equals in order.</summary>
    private static IEnumerable<(int Member, int Place)> Claims(List<int> readers, List<AssignedTopic> topics, ImmutableArray<AssignedMember> members)
    {
        var claims = new List<(int Member, int Place, int Count)>();
        foreach (var member in readers)
        {
            var counts = new SortedDictionary<int, int>();
            foreach (var topic in topics)
            {
                foreach (var partition in members[member].Current.Of(topic.Id))
                {
                    if (partition >= topic.PartitionCount) continue;
                    var place = PlaceOf(topic.PartitionCount, readers.Count, partition);
                    counts[place] = counts.GetValueOrDefault(place) + 1;
                }
            }

            claims.AddRange(counts.Select(count => (member, count.Key, count.Value)));
        }

        return claims.OrderByDescending(claim => claim.Count).Select(claim => (claim.Member, claim.Place));
    }

    private static bool IsNear(AssignedMember member, List<AssignedTopic> topics, int readers, int place)
    {
        if (member.Rack is null) return false;
        var (near, all) = (0, 0);
        foreach (var topic in topics)
        {
            var (start, end) = Range(topic.PartitionCount, readers, place);
            for (var partition = start; partition < end; partition++)
            {
                all++;
                if (topic.IsNear(partition, member.Rack)) near++;
            }
        }

        return near * 2 > all;
    }

    /// <summary>Static members first, by their instance id, which they keep over a restart.</summary>
    private static int Compare(AssignedMember left, AssignedMember right)
    {
        if (left.InstanceId is { } one && right.InstanceId is { } other) return string.CompareOrdinal(one, other);
        if (left.InstanceId is null != right.InstanceId is null) return left.InstanceId is null ? 1 : -1;
        return string.CompareOrdinal(left.MemberId, right.MemberId);
    }
}
