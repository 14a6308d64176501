namespace StreamActors.Broker.Coordinators.Groups.Consumer.Assignors;

/// <summary>
/// As even as the subscriptions allow; then as few moves as possible; then as many members as possible near to a replica of what they read.
/// </summary>
internal sealed class UniformAssignor : IPartitionAssignor
{
    public string Name => "uniform";

    public PartitionSet[] Assign(AssignmentInput input)
    {
        if (input.Members.IsEmpty) return [];
        var plan = new Plan(input);
        if (input.IsHomogeneous) AssignEvenly(input, plan);
        else AssignBySubscription(input, plan);
        return plan.Build();
    }

    /// <summary>All read the same: everybody gets the quota, and some of them one more.</summary>
    private static void AssignEvenly(AssignmentInput input, Plan plan)
    {
        var total = input.Topics.Values.Sum(topic => topic.PartitionCount);
        var quota = total / input.Members.Length;
        var extras = total % input.Members.Length;

        // What it has, a member keeps up to its share; first what is near to it.
        for (var member = 0; member < input.Members.Length; member++)
        {
            var mine = input.Members[member];
            var valid = mine.Current.All.Where(each => plan.IsFree(each.Topic, each.Partition)).ToList();
            if (mine.Rack is not null) valid = [.. valid.OrderBy(each => input.Topics[each.Topic].IsNear(each.Partition, mine.Rack) ? 0 : 1)];
            var share = quota;
            if (valid.Count > quota && extras > 0)
            {
                share++;
                extras--;
            }

            foreach (var (topic, partition) in valid.Take(share)) plan.Give(member, topic, partition);
        }

        var left = plan.Unassigned();
        if (input.Members.Any(member => member.Rack is not null)) left = GiveToNear(input, plan, left, quota);

        // One by one in turn, so that the partitions of a topic are spread. What the division left over goes to those with the plain quota.
        var hungry = Below(quota);
        foreach (var (topic, partition) in left)
        {
            if (hungry.Count == 0) hungry = Below(++quota);
            var member = hungry.Dequeue();
            plan.Give(member, topic, partition);
            if (plan.Load(member) < quota) hungry.Enqueue(member);
        }

        Queue<int> Below(int load) => new(Enumerable.Range(0, input.Members.Length).Where(member => plan.Load(member) < load));
    }

    private static List<(Guid Topic, int Partition)> GiveToNear(
        AssignmentInput input, Plan plan, List<(Guid Topic, int Partition)> left, int quota)
    {
        var byRack = new SortedDictionary<string, Queue<int>>(StringComparer.Ordinal);
        for (var member = 0; member < input.Members.Length; member++)
        {
            if (input.Members[member].Rack is not { } rack || plan.Load(member) >= quota) continue;
            if (!byRack.TryGetValue(rack, out var queue)) byRack[rack] = queue = new Queue<int>();
            queue.Enqueue(member);
        }

        var far = new List<(Guid, int)>();
        foreach (var (topic, partition) in left)
        {
            var near = byRack.FirstOrDefault(rack => rack.Value.Count > 0 && input.Topics[topic].IsNear(partition, rack.Key)).Value;
            if (near is null)
            {
                far.Add((topic, partition));
                continue;
            }

            var member = near.Dequeue();
            plan.Give(member, topic, partition);
            if (plan.Load(member) < quota) near.Enqueue(member);
        }

        return far;
    }

    /// <summary>
    /// Subscriptions differ: what is left over goes to whoever has least of those who may read it, topics with few readers first. Then partitions
    /// move from whoever has more to whoever has less, as long as that makes it more even; each move does, so it ends.
    /// </summary>
    private static void AssignBySubscription(AssignmentInput input, Plan plan)
    {
        var readers = plan.Readers();
        for (var member = 0; member < input.Members.Length; member++)
        {
            foreach (var (topic, partition) in input.Members[member].Current.All)
            {
                if (plan.IsFree(topic, partition) && readers[topic].BinarySearch(member) >= 0) plan.Give(member, topic, partition);
            }
        }

        foreach (var (topic, partition) in plan.Unassigned().OrderBy(each => readers[each.Topic].Count))
            plan.Give(Least(plan, input, readers[topic], topic, partition), topic, partition);

        bool moved;
        do
        {
            moved = false;
            foreach (var topic in input.Topics.Values.OrderBy(topic => topic.Id))
            {
                for (var partition = 0; partition < topic.PartitionCount; partition++)
                {
                    var owner = plan.OwnerOf(topic.Id, partition);
                    var least = Least(plan, input, readers[topic.Id], topic.Id, partition);
                    if (plan.Load(owner) <= plan.Load(least) + 1) continue;
                    plan.Give(least, topic.Id, partition);
                    moved = true;
                }
            }
        }
        while (moved);
    }

    private static int Least(Plan plan, AssignmentInput input, List<int> readers, Guid topic, int partition)
    {
        var least = readers[0];
        foreach (var member in readers)
        {
            if (plan.Load(member) < plan.Load(least)
                || (plan.Load(member) == plan.Load(least) && input.Topics[topic].IsNear(partition, input.Members[member].Rack)
                    && !input.Topics[topic].IsNear(partition, input.Members[least].Rack)))
                least = member;
        }

        return least;
    }
}
