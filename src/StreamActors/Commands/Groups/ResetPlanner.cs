using StreamActors.Client.Admin;
using StreamActors.Client.Consumer;
using StreamActors.Protocol;

namespace StreamActors.Commands.Groups;

/// <summary>Finds out what a reset would do, partition by partition. Nothing is changed by it.</summary>
internal sealed class ResetPlanner(KafkaGroups groups, KafkaAdmin admin, string group)
{
    public async Task<(IReadOnlyList<ResetStep> Steps, IReadOnlyList<string> Faults)> PlanAsync(
        ResetTarget target, IReadOnlyList<ResetScope>? scope, CancellationToken cancellation)
    {
        var committed = await groups.OffsetsAsync(group, cancellation);
        var (partitions, faults) = scope is null
            ? (committed.Keys.ToHashSet(), [])
            : await PartitionsAsync(scope, cancellation);
        if (faults.Count == 0 && partitions.Count == 0) faults.Add($"Group '{group}' has no committed offsets: --topic says which to set.");
        if (faults.Count > 0) return ([], faults);
        var earliest = await OffsetsAsync(partitions, OffsetSpec.Earliest, cancellation);
        var latest = await OffsetsAsync(partitions, OffsetSpec.Latest, cancellation);
        var found = target.Lookup is { } lookup ? await OffsetsAsync(partitions, lookup, cancellation) : null;
        var steps = new List<ResetStep>();
        foreach (var partition in InOrder(partitions))
        {
            long? before = committed.TryGetValue(partition, out var offset) ? offset.Offset.Value : null;
            var ends = new ResetStep.Ends(earliest[partition], latest[partition], found is not null && found[partition] >= 0 ? found[partition] : null);
            var (step, fault) = ResetStep.Plan(partition, before, ends, target);
            if (step is not null) steps.Add(step);
            else faults.Add($"{fault}.");
        }

        return (steps, faults);
    }

    public async Task<(IReadOnlyList<ResetStep> Steps, IReadOnlyList<string> Faults)> UndoAsync(CancellationToken cancellation)
    {
        var kept = await ResetUndo.RecallAsync(groups, group, cancellation);
        if (kept.Count == 0) return ([], [$"There is nothing to undo: no reset of group '{group}' is remembered."]);
        var committed = await groups.OffsetsAsync(group, cancellation);
        return ([.. InOrder(kept.Keys).Select(partition => new ResetStep(partition, committed.TryGetValue(partition, out var now) ? now.Offset.Value : null, kept[partition]))], []);
    }

    private async Task<(HashSet<TopicPartition> Partitions, List<string> Faults)> PartitionsAsync(IReadOnlyList<ResetScope> scope, CancellationToken cancellation)
    {
        var (partitions, faults) = (new HashSet<TopicPartition>(), new List<string>());
        foreach (var each in scope)
        {
            var count = (await admin.DescribeTopicAsync(each.Topic, cancellation)).Partitions.Length;
            foreach (var partition in each.Partitions ?? [.. Enumerable.Range(0, count)])
            {
                if (partition < count) partitions.Add(new TopicPartition(each.Topic, partition));
                else faults.Add($"{ErrorCode.UnknownTopicOrPartition.KafkaName()}: Topic '{each.Topic}' has {count} partition(s), so there is no {partition}.");
            }
        }

        return (partitions, faults);
    }

    private async Task<Dictionary<TopicPartition, long>> OffsetsAsync(IReadOnlyCollection<TopicPartition> partitions, OffsetSpec spec, CancellationToken cancellation) =>
        (await admin.ListOffsetsAsync(partitions.ToDictionary(each => each, _ => spec), cancellationToken: cancellation)).ToDictionary(each => each.Key, each => each.Value.Offset.Value);

    private static IEnumerable<TopicPartition> InOrder(IEnumerable<TopicPartition> partitions) =>
        partitions.OrderBy(each => each.Topic, StringComparer.Ordinal).ThenBy(each => each.Partition);
}
