using StreamActors.Protocol;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>Deadlines by key. Moving one away, which heartbeats do all the time, costs a dictionary's entry; the queue notices when the earlier time comes.</summary>
internal sealed class DeadlineQueue<TKey>
    where TKey : notnull
{
    private readonly Dictionary<TKey, long> deadlines = [];
    private readonly Dictionary<TKey, long> queuedAt = [];
    private readonly PriorityQueue<TKey, long> queue = new();

    public bool IsEmpty => deadlines.Count == 0;

    /// <summary>When to look again; may be early, never late.</summary>
    public TimestampMs? Next
    {
        get
        {
            while (queue.TryPeek(out var key, out var at))
            {
                if (queuedAt.TryGetValue(key, out var queued) && queued == at && deadlines.ContainsKey(key)) return new TimestampMs(at);
                Drop(key, at);
            }

            return null;
        }
    }

    public TimestampMs? Find(TKey key) => deadlines.TryGetValue(key, out var at) ? new TimestampMs(at) : null;

    public void Set(TKey key, TimestampMs deadline)
    {
        deadlines[key] = deadline.Value;
        if (!queuedAt.TryGetValue(key, out var at) || deadline.Value < at) Enqueue(key, deadline.Value);
    }

    public void SetIfAbsent(TKey key, TimestampMs deadline)
    {
        if (!deadlines.ContainsKey(key)) Set(key, deadline);
    }

    public void Clear(TKey key) => deadlines.Remove(key);

    /// <summary>Takes one whose time has come.</summary>
    public bool TryTakeDue(TimestampMs now, out TKey key)
    {
        while (queue.TryPeek(out key!, out var at) && at <= now.Value)
        {
            Drop(key, at);
            if (!deadlines.TryGetValue(key, out var deadline)) continue;
            if (deadline <= now.Value)
            {
                deadlines.Remove(key);
                return true;
            }

            if (!queuedAt.ContainsKey(key)) Enqueue(key, deadline);
        }

        key = default!;
        return false;
    }

    private void Enqueue(TKey key, long at)
    {
        queuedAt[key] = at;
        queue.Enqueue(key, at);
    }

    private void Drop(TKey key, long at)
    {
        queue.Dequeue();
        if (queuedAt.TryGetValue(key, out var queued) && queued == at) queuedAt.Remove(key);
    }
}
