using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;

namespace StreamActors.Broker.Replicas;

/// <summary>
/// Retention of replicas that sleep. After a start, and after a change of settings, it looks at those concerned, so many a second, in their
/// folders and without waking them; those that have something to lose now or later are woken when it is time.
/// </summary>
internal sealed class RetentionSweep(ReplicaServices services)
{
    private readonly Queue<IEnumerator<TopicIdPartition>> waiting = new();

    public bool IsDone => waiting.Count == 0;

    /// <summary>All that this broker has; walks over the image as it goes, since a list of a hundred thousand would be as large as they are.</summary>
    public void LookAtAll(MetadataImage image)
    {
        waiting.Clear();
        waiting.Enqueue(image.Topics.Values.SelectMany(Own).GetEnumerator());
    }

    public void LookAt(TopicImage topic) => waiting.Enqueue(Own(topic).GetEnumerator());

    /// <summary>A second's worth of looking and waking.</summary>
    public void Step()
    {
        for (var looks = 0; looks < services.Settings.RetentionSweepPerSecond && Next() is { } partition; looks++) Look(partition);
        var now = services.Now.Value;
        for (var wakes = 0; wakes < services.Settings.RetentionSweepPerSecond && services.Retention.TryTake(now, out var due); wakes++)
        {
            // One that is awake sees to itself, and says when it sleeps again.
            if (services.Directory.TryPeek(due) is null && services.Placement(due) is not null)
                services.Directory.Region?.Tell(services.Self, due, ApplyRetention.Instance, Akka.Actor.ActorRefs.NoSender);
        }
    }

    private TopicIdPartition? Next()
    {
        while (waiting.TryPeek(out var walk))
        {
            if (walk.MoveNext()) return walk.Current;
            waiting.Dequeue();
        }

        return null;
    }

    private void Look(TopicIdPartition partition)
    {
        if (services.Directory.TryPeek(partition) is not null || services.Placement(partition) is not { } placement) return;
        if (services.Logs.RetentionDueMs(placement) is { } due) services.Retention.Set(partition, due);
        else services.Retention.Remove(partition);
    }

    private IEnumerable<TopicIdPartition> Own(TopicImage topic)
    {
        for (var index = 0; index < topic.Partitions.Count; index++)
        {
            if (topic.Partitions[index].IsReplica(services.Self)) yield return new TopicIdPartition(topic.Id, index);
        }
    }
}
