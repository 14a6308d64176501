using System.Collections.Concurrent;

namespace StreamActors.Broker.Replicas;

/// <summary>
/// Remembers what can be found out again. When it is full it forgets everything: simple, bounded, and dear only once for as many entries as it holds.
/// </summary>
internal sealed class BoundedCache<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, TValue> entries = new();
    private int count;

    public bool TryGet(TKey key, out TValue value) => entries.TryGetValue(key, out value!);

    public void Remove(TKey key)
    {
        if (entries.TryRemove(key, out _)) Interlocked.Decrement(ref count);
    }

    public void Set(TKey key, TValue value)
    {
        if (!entries.TryAdd(key, value))
        {
            entries[key] = value;
            return;
        }

        if (Interlocked.Increment(ref count) < capacity) return;
        entries.Clear();
        Volatile.Write(ref count, 0);
    }
}
