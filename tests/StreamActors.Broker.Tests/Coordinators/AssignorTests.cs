using System.Collections.Immutable;
using StreamActors.Broker.Coordinators.Groups.Consumer;
using StreamActors.Broker.Coordinators.Groups.Consumer.Assignors;

namespace StreamActors.Broker.Tests.Coordinators;

public class AssignorTests
{
    private static readonly IPartitionAssignor Uniform = new UniformAssignor();
    private static readonly IPartitionAssignor Range = new RangeAssignor();

    [Fact]
    public void Uniform_is_even_over_all_topics_and_moves_no_more_than_it_must()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var topics = Topics(random);
            var members = Members(random.Next(1, 20), _ => [.. topics.Keys]);
            var total = topics.Values.Sum(topic => topic.PartitionCount);
            var first = Assign(Uniform, members, topics);
            AssertEven(first, total);

            // Nothing has changed: nothing moves.
            Assert.Equal(first, Assign(Uniform, members, topics, first));

            // One joins: what it gets is all that moves.
            var more = members.Add("zz", [.. topics.Keys]);
            var second = Assign(Uniform, more, topics, first);
            AssertEven(second, total);
            Assert.Equal(second["zz"].Count, Moved(first, second));

            // One leaves: what it had is all that moves.
            if (members.Count < 2) continue;
            var gone = members.Keys.ElementAt(random.Next(members.Count));
            var third = Assign(Uniform, members.Remove(gone), topics, first);
            AssertEven(third, total);
            Assert.Equal(first[gone].Count, Moved(first, third));
        }
    }

    [Fact]
    public void Uniform_gives_every_partition_to_a_subscriber_and_no_move_could_make_it_more_even()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var topics = Topics(random);
            var members = Members(random.Next(2, 12), _ => [.. topics.Keys.Where(_ => random.Next(3) > 0)]);
            var subscribed = topics.Where(topic => members.Values.Any(names => names.Contains(topic.Key))).ToDictionary();
            var assigned = Assign(Uniform, members, subscribed);
            AssertComplete(assigned, members, subscribed);
            foreach (var (owner, partitions) in assigned)
            {
                foreach (var topic in partitions.Topics)
                    Assert.All(members.Where(member => member.Value.Contains(topic.Id)), member => Assert.True(partitions.Count <= assigned[member.Key].Count + 1, $"seed {seed}: {owner} and {member.Key}"));
            }

            Assert.Equal(assigned, Assign(Uniform, members, subscribed, assigned));
        }
    }

    [Fact]
    public void Range_cuts_topics_alike_so_that_they_can_be_joined()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var partitions = random.Next(1, 30);
            var topics = Enumerable.Range(1, 3).ToDictionary(Id, number => Topic(number, partitions));
            var members = Members(random.Next(1, 12), _ => [.. topics.Keys]);
            var assigned = Assign(Range, members, topics);
            AssertComplete(assigned, members, topics);
            Assert.All(assigned.Values, its => Assert.True(its.IsEmpty || its.Topics.All(topic => topic.Partitions.AsSpan().SequenceEqual(its.Topics[0].Partitions.AsSpan()))));
            Assert.All(assigned.Values.SelectMany(its => its.Topics), topic => Assert.Equal(topic.Partitions.Length - 1, topic.Partitions[^1] - topic.Partitions[0]));
            Assert.Equal(assigned, Assign(Range, members, topics, assigned));
        }
    }

    [Fact]
    public void Range_gives_every_partition_to_a_subscriber()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var topics = Topics(random);
            var members = Members(random.Next(1, 12), _ => [.. topics.Keys.Where(_ => random.Next(2) > 0)]);
            var subscribed = topics.Where(topic => members.Values.Any(names => names.Contains(topic.Key))).ToDictionary();
            AssertComplete(Assign(Range, members, subscribed), members, subscribed);
        }
    }

    [Fact]
    public void The_member_that_takes_a_place_in_a_range_is_the_one_that_had_it()
    {
        var topics = new Dictionary<Guid, AssignedTopic> { [Id(1)] = Topic(1, 6) };
        var first = Assign(Range, Members(3, _ => [Id(1)]), topics);
        var second = Assign(Range, Members(3, _ => [Id(1)]).Remove("m0").Add("a", [Id(1)]), topics, first);
        Assert.Equal((first["m1"], first["m2"], first["m0"]), (second["m1"], second["m2"], second["a"]));
    }

    [Theory]
    [InlineData("uniform")]
    [InlineData("range")]
    public void Members_read_from_their_own_rack_where_that_costs_nothing(string name)
    {
        ImmutableArray<ImmutableArray<string>> racks = [.. Enumerable.Range(0, 6).Select(partition => ImmutableArray.Create($"r{2 - (partition / 2)}"))];
        var topics = new Dictionary<Guid, AssignedTopic> { [Id(1)] = new(Id(1), "t1", 6, racks) };
        var members = Enumerable.Range(0, 3).Select(number => new AssignedMember($"m{number}", null, $"r{number}", [Id(1)], PartitionSet.Empty));
        var assigned = (name == "range" ? Range : Uniform).Assign(new AssignmentInput([.. members], topics));
        Assert.All(Enumerable.Range(0, 3), number => Assert.All(assigned[number].All, each => Assert.Contains($"r{number}", racks[each.Partition])));
    }

    private static SortedDictionary<string, PartitionSet> Assign(
        IPartitionAssignor assignor, ImmutableSortedDictionary<string, Guid[]> members, IReadOnlyDictionary<Guid, AssignedTopic> topics, SortedDictionary<string, PartitionSet>? before = null)
    {
        ImmutableArray<AssignedMember> input = [.. members.Select(member => new AssignedMember(
            member.Key, null, null, [.. member.Value.Where(topics.ContainsKey).Order()], before?.GetValueOrDefault(member.Key) ?? PartitionSet.Empty))];
        var targets = assignor.Assign(new AssignmentInput(input, topics));
        var assigned = new SortedDictionary<string, PartitionSet>(StringComparer.Ordinal);
        for (var index = 0; index < input.Length; index++) assigned.Add(input[index].MemberId, targets[index]);
        return assigned;
    }

    private static void AssertEven(SortedDictionary<string, PartitionSet> assigned, int total)
    {
        var loads = assigned.Values.Select(its => its.Count).ToList();
        Assert.Equal(total, loads.Sum());
        Assert.Equal(total, assigned.Values.SelectMany(its => its.All).Distinct().Count());
        Assert.True(loads.Max() - loads.Min() <= 1);
    }

    private static void AssertComplete(SortedDictionary<string, PartitionSet> assigned, ImmutableSortedDictionary<string, Guid[]> members, Dictionary<Guid, AssignedTopic> topics)
    {
        var all = assigned.Values.SelectMany(its => its.All).ToList();
        Assert.Equal(topics.Values.Sum(topic => topic.PartitionCount), all.Count);
        Assert.Equal(all.Count, all.Distinct().Count());
        Assert.All(assigned, member => Assert.All(member.Value.Topics, topic => Assert.Contains(topic.Id, members[member.Key])));
    }

    private static int Moved(SortedDictionary<string, PartitionSet> before, SortedDictionary<string, PartitionSet> after) =>
        after.Sum(member => member.Value.Except(before.GetValueOrDefault(member.Key) ?? PartitionSet.Empty).Count);

    private static Dictionary<Guid, AssignedTopic> Topics(Random random) =>
        Enumerable.Range(1, random.Next(1, 6)).ToDictionary(Id, number => Topic(number, random.Next(1, 25)));

    private static ImmutableSortedDictionary<string, Guid[]> Members(int count, Func<int, Guid[]> topics) =>
        Enumerable.Range(0, count).ToImmutableSortedDictionary(number => $"m{number}", topics, StringComparer.Ordinal);

    private static AssignedTopic Topic(int number, int partitions) => new(Id(number), $"t{number}", partitions, []);

    private static Guid Id(int number) => new(number, 0, 0, new byte[8]);
}
