namespace StreamActors.Broker.Coordinators.Groups.Consumer.Assignors;

/// <summary>An assignment in the making: each partition's owner, and how much each member has.</summary>
internal sealed class Plan
{
    private const int Nobody = -1;

    private readonly AssignmentInput input;
    private readonly SortedDictionary<Guid, int[]> owners = [];
    private readonly int[] loads;

    public Plan(AssignmentInput input)
    {
        this.input = input;
        loads = new int[input.Members.Length];
        foreach (var topic in input.Topics.Values)
        {
            var each = new int[topic.PartitionCount];
            Array.Fill(each, Nobody);
            owners[topic.Id] = each;
        }
    }

    public int Load(int member) => loads[member];

    public int OwnerOf(Guid topic, int partition) => owners[topic][partition];

    /// <summary>False too where the partition does not exist.</summary>
    public bool IsFree(Guid topic, int partition) =>
        owners.TryGetValue(topic, out var each) && (uint)partition < (uint)each.Length && each[partition] == Nobody;

    public void Give(int member, Guid topic, int partition)
    {
        ref var owner = ref owners[topic][partition];
        if (owner != Nobody) loads[owner]--;
        owner = member;
        loads[member]++;
    }

    public List<(Guid Topic, int Partition)> Unassigned()
    {
        var left = new List<(Guid, int)>();
        foreach (var (topic, each) in owners)
        {
            for (var partition = 0; partition < each.Length; partition++)
            {
                if (each[partition] == Nobody) left.Add((topic, partition));
            }
        }

        return left;
    }

    /// <summary>The members that subscribe to each topic, in order.</summary>
    public Dictionary<Guid, List<int>> Readers()
    {
        var readers = input.Topics.Keys.ToDictionary(topic => topic, _ => new List<int>());
        for (var member = 0; member < input.Members.Length; member++)
        {
            foreach (var topic in input.Members[member].Topics) readers[topic].Add(member);
        }

        return readers;
    }

    public PartitionSet[] Build()
    {
        var builders = new PartitionSet.Builder[loads.Length];
        for (var member = 0; member < builders.Length; member++) builders[member] = new PartitionSet.Builder();
        foreach (var (topic, each) in owners)
        {
            for (var partition = 0; partition < each.Length; partition++)
            {
                if (each[partition] != Nobody) builders[each[partition]].Add(topic, partition);
            }
        }

        return Array.ConvertAll(builders, builder => builder.Build());
    }
}
