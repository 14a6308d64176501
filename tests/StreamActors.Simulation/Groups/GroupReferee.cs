using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Groups;

/// <summary>
/// Judges what consumers do: whoever the group knows as its member reads nothing that another one reads, and nobody's commit takes a partition back.
/// </summary>
internal sealed class GroupReferee(MovingCoordinator coordinator, Counters counters)
{
    private readonly Dictionary<(string Topic, int Partition), HashSet<GroupConsumer>> readers = [];
    private readonly Dictionary<(string Topic, int Partition), (long Offset, string By)> committed = [];

    public string? Violation { get; private set; }

    public void Takes(GroupConsumer consumer, string topic, int partition)
    {
        counters.Add("partitions taken");
        if (!readers.TryGetValue((topic, partition), out var its)) readers[(topic, partition)] = its = [];
        its.Add(consumer);
        foreach (var other in its)
        {
            if (other == consumer || !IsMember(consumer) || !IsMember(other)) continue;
            Violates($"{topic}-{partition} is read by {other} and {consumer}, both members of the group");
        }
    }

    public void GivesBack(GroupConsumer consumer, string topic, int partition)
    {
        if (readers.TryGetValue((topic, partition), out var its)) its.Remove(consumer);
    }

    public void Commits(GroupConsumer consumer, string topic, int partition, long offset)
    {
        counters.Add("offsets committed");
        if (committed.TryGetValue((topic, partition), out var before) && offset < before.Offset)
            Violates($"{consumer} took {topic}-{partition} back from {before.Offset}, which {before.By} had committed, to {offset}");
        committed[(topic, partition)] = (offset, consumer.ToString());
    }

    /// <summary>What everybody reads, once all is calm.</summary>
    public string? IsComplete(IReadOnlyCollection<GroupConsumer> alive, TopicsOfGroups topics)
    {
        foreach (var name in topics.Current.Topics.Keys)
        {
            for (var partition = 0; partition < topics.Partitions(name); partition++)
            {
                var its = readers.GetValueOrDefault((name, partition))?.Count(alive.Contains) ?? 0;
                if (its != 1 && alive.Count > 0) return $"{name}-{partition} is read by {its} consumers, and belongs to {Owner(topics.Current.Topic(name)!.Id.Value, partition, alive)}";
            }
        }

        return null;
    }

    public void Violates(string what) => Violation ??= what;

    private string Owner(Guid topic, int partition, IReadOnlyCollection<GroupConsumer> alive)
    {
        if (coordinator.Find(GroupScenario.GroupId)?.Consumer is not { } group || group.OwnerOf(topic, partition) is not { } owner) return "nobody";
        return $"{owner} at epoch {group.Member(owner)?.Epoch}: {alive.FirstOrDefault(consumer => consumer.MemberId == owner)?.ToString() ?? "dead"}";
    }

    private bool IsMember(GroupConsumer consumer)
    {
        if (!coordinator.IsUp || coordinator.Find(GroupScenario.GroupId) is not { } group) return false;
        return group.Consumer?.Member(consumer.MemberId) is not null || group.Members.Member(consumer.MemberId) is not null;
    }
}
