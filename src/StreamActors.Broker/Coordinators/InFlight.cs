using System.Collections.Immutable;
using StreamActors.Protocol;

namespace StreamActors.Broker.Coordinators;

/// <summary>Records that are on their way into the log, in order, and the effects that wait for them.</summary>
internal sealed class InFlight
{
    private readonly LinkedList<Entry> entries = [];

    public bool IsEmpty => entries.Count == 0;

    public void Add(object append, ImmutableArray<Effect> effects) => entries.AddLast(new Entry(append, [.. effects]));

    /// <summary>For effects of a decision without records: they wait for all that it may have seen.</summary>
    public void AddToLast(Effect effect) => entries.Last!.Value.Effects.Add(effect);

    /// <summary>Records are committed: gives the effects that nothing stands before any more, in order. False: they are not ours.</summary>
    public bool Commit(object append, List<Effect> released)
    {
        if (Find(append) is not { } entry) return false;
        entry.IsCommitted = true;
        while (entries.First is { Value.IsCommitted: true } first)
        {
            released.AddRange(first.Value.Effects);
            entries.RemoveFirst();
        }

        return true;
    }

    /// <summary>Records are neither waited for nor known any more.</summary>
    public bool Forget(object append) => Find(append) is { } entry && entries.Remove(entry);

    /// <summary>Drops all effects; the records are still awaited.</summary>
    public void DropEffects()
    {
        foreach (var entry in entries) entry.Effects.Clear();
    }

    private Entry? Find(object append)
    {
        foreach (var entry in entries)
        {
            if (ReferenceEquals(entry.Append, append)) return entry;
        }

        return null;
    }

    private sealed class Entry(object append, List<Effect> effects)
    {
        public object Append => append;

        public List<Effect> Effects => effects;

        public bool IsCommitted { get; set; }
    }
}
