using System.Collections.Concurrent;
using StreamActors.Protocol;

namespace StreamActors.Broker.Replicas;

/// <summary>How long a failed replica pauses before it opens its log again; outlives the actor that failed.</summary>
internal sealed class RestartBackoffs(ReplicaSettings settings)
{
    private readonly ConcurrentDictionary<TopicIdPartition, int> failures = new();

    public TimeSpan Next(TopicIdPartition partition)
    {
        var count = failures.AddOrUpdate(partition, 1, (_, known) => known + 1);
        var pause = settings.RestartBackoff * Math.Pow(2, Math.Min(count - 1, 16));
        return pause < settings.MaxRestartBackoff ? pause : settings.MaxRestartBackoff;
    }

    /// <summary>The log is open again. Failures are forgotten one by one, so that a log that opens and fails in turn slows down.</summary>
    public void Reset(TopicIdPartition partition)
    {
        if (failures.TryGetValue(partition, out var count) && count > 1) failures[partition] = count - 1;
        else failures.TryRemove(partition, out _);
    }
}
