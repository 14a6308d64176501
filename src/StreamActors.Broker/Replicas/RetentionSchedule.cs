using StreamActors.Protocol;

namespace StreamActors.Broker.Replicas;

/// <summary>
/// When sleeping replicas have to be woken, to lose what is too old. Replicas enter when they go to sleep; the replica manager takes those that are
/// due. A replica has one place in the queue however often it sleeps, and a place that turns out to be too early is moved.
/// </summary>
internal sealed class RetentionSchedule
{
    private readonly Lock gate = new();
    private readonly PriorityQueue<TopicIdPartition, long> queue = new();
    private readonly Dictionary<TopicIdPartition, (long DueMs, long QueuedMs)> known = [];

    public int Count
    {
        get { lock (gate) return known.Count; }
    }

    public void Set(TopicIdPartition partition, long dueMs)
    {
        lock (gate)
        {
            if (known.TryGetValue(partition, out var place) && place.QueuedMs <= dueMs)
            {
                known[partition] = (dueMs, place.QueuedMs);
                return;
            }

            Enqueue(partition, dueMs);
        }
    }

    public void Remove(TopicIdPartition partition)
    {
        lock (gate) known.Remove(partition);
    }

    /// <summary>The next one that is due, which leaves the schedule.</summary>
    public bool TryTake(long nowMs, out TopicIdPartition partition)
    {
        lock (gate)
        {
            while (queue.TryPeek(out partition, out var queuedMs) && queuedMs <= nowMs)
            {
                queue.Dequeue();
                if (!known.TryGetValue(partition, out var place) || place.QueuedMs != queuedMs) continue;
                if (place.DueMs > nowMs)
                {
                    Enqueue(partition, place.DueMs);
                    continue;
                }

                known.Remove(partition);
                return true;
            }
        }

        partition = default;
        return false;
    }

    private void Enqueue(TopicIdPartition partition, long dueMs)
    {
        queue.Enqueue(partition, dueMs);
        known[partition] = (dueMs, dueMs);
    }
}
