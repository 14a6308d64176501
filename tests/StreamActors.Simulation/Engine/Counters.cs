namespace StreamActors.Simulation.Engine;

/// <summary>How often each thing happened, so that a suite can show that every kind of fault really struck.</summary>
internal sealed class Counters
{
    private readonly SortedDictionary<string, long> counts = new(StringComparer.Ordinal);

    public long this[string name] => counts.GetValueOrDefault(name);

    public void Add(string name, long count = 1) => counts[name] = this[name] + count;

    public void Add(Counters others)
    {
        foreach (var (name, count) in others.counts) Add(name, count);
    }

    public override string ToString() => string.Join(", ", counts.Select(pair => $"{pair.Key} {pair.Value}"));
}
