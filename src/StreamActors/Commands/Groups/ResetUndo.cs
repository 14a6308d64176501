using StreamActors.Client.Admin;
using StreamActors.Protocol;

namespace StreamActors.Commands.Groups;

/// <summary>
/// What a reset has to remember to be undone: the offsets before it, kept where offsets are kept, under a group of a name that is made of the group's.
/// So it is there on whatever machine the next operator sits, with every Kafka broker, and expires as offsets do (decision 0010).
/// </summary>
internal static class ResetUndo
{
    private const string Prefix = "__undo.";

    /// <summary>In the metadata of an offset that stands for none: an offset cannot be committed as absent.</summary>
    private const string None = "none";

    public static string GroupOf(string group) => Prefix + group;

    public static bool IsUndo(string group) => group.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Remembers what is before these steps, and only that: the last reset alone can be undone.</summary>
    public static async Task RememberAsync(KafkaGroups groups, string group, IReadOnlyList<ResetStep> steps, CancellationToken cancellation)
    {
        var kept = GroupOf(group);
        var old = (await groups.OffsetsAsync(kept, cancellation)).Keys.Except(steps.Select(step => step.Partition)).ToList();
        await groups.CommitAsync(kept, steps.ToDictionary(step => step.Partition, Remembered), cancellation);
        if (old.Count > 0) await groups.ForgetAsync(kept, old, cancellation);
    }

    /// <summary>The offsets to go back to, null for none; empty where there is nothing to undo.</summary>
    public static async Task<IReadOnlyDictionary<TopicPartition, long?>> RecallAsync(KafkaGroups groups, string group, CancellationToken cancellation) =>
        (await groups.OffsetsAsync(GroupOf(group), cancellation)).ToDictionary(each => each.Key, each => each.Value.Metadata == None ? (long?)null : each.Value.Offset.Value);

    private static CommittedOffset Remembered(ResetStep step) =>
        new(new Offset(step.Before ?? 0), LeaderEpoch.None, step.Before is null ? None : "");
}
