namespace StreamActors.Simulation.Engine;

/// <summary>
/// Everything that happened in a run, in order, folded into one number; as text too where somebody wants to read it. Two runs
/// with the same hash took the same steps at the same virtual times.
/// </summary>
internal sealed class Trace(TextWriter? text = null)
{
    private readonly Dictionary<string, ulong> known = new(StringComparer.Ordinal);

    public ulong Hash { get; private set; } = StableHash.Start;

    public long Steps { get; private set; }

    public bool IsWritten => text is not null;

    public void Step(TimeSpan at, string process, string what)
    {
        Steps++;
        Mix(at, process, what);
    }

    /// <summary>What a scenario saw; not a step, but just as much part of the run.</summary>
    public void Note(TimeSpan at, string process, string what) => Mix(at, process, what);

    /// <summary>For the reader only: what may differ between builds, such as a stack trace.</summary>
    public void Explain(string what) => text?.WriteLine(what);

    private void Mix(TimeSpan at, string process, string what)
    {
        Hash = StableHash.Mix(StableHash.Mix(StableHash.Mix(Hash, (ulong)at.Ticks), HashOf(process)), HashOf(what));
        text?.WriteLine($"{at.TotalMilliseconds,12:0.0000} {process,-14} {what}");
    }

    private ulong HashOf(string label)
    {
        if (known.TryGetValue(label, out var hash)) return hash;
        hash = StableHash.Of(label);
        if (known.Count < 10_000) known.Add(label, hash);
        return hash;
    }
}
