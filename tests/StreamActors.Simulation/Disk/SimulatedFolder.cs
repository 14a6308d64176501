using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Disk;

/// <summary>What a name can stand for.</summary>
internal interface ISimulatedNode;

/// <summary>A folder: its names now, and those that would be there after a crash.</summary>
internal sealed class SimulatedFolder : ISimulatedNode
{
    private readonly SortedDictionary<string, ISimulatedNode> current = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ISimulatedNode> durable = new(StringComparer.Ordinal);
    private readonly List<Change> pending = [];

    public IEnumerable<string> Names => current.Keys;

    public ISimulatedNode? Find(string name) => current.GetValueOrDefault(name);

    public void Link(string name, ISimulatedNode node) => Do(new Change(null, name, node));

    public void Unlink(string name) => Do(new Change(name, null, null));

    public void Rename(string from, string to, ISimulatedNode node) => Do(new Change(from, to, node));

    public void Sync()
    {
        foreach (var change in pending) change.Apply(durable);
        pending.Clear();
    }

    /// <summary>Decides what has survived, here and in all that can be reached; each node once.</summary>
    public void Crash(CrashStyle style, WorldRandom random, Counters counters, HashSet<SimulatedFolder> folders, HashSet<SimulatedContents> files)
    {
        if (!folders.Add(this)) return;
        var kept = style == CrashStyle.Prefix ? random.Next(pending.Count + 1) : 0;
        for (var index = 0; index < pending.Count; index++)
        {
            var survives = style is CrashStyle.Lost or CrashStyle.Prefix ? index < kept : random.Chance(0.5);
            if (survives) pending[index].Apply(durable);
            else counters.Add("crash.lost names");
        }

        pending.Clear();
        current.Clear();
        foreach (var (name, node) in durable)
        {
            current.Add(name, node);
            if (node is SimulatedFolder folder) folder.Crash(style, random, counters, folders, files);
            else if (node is SimulatedContents contents && files.Add(contents)) contents.Crash(style, random, counters);
        }
    }

    private void Do(Change change)
    {
        change.Apply(current);
        pending.Add(change);
    }

    private sealed record Change(string? Removed, string? Added, ISimulatedNode? Node)
    {
        public void Apply(SortedDictionary<string, ISimulatedNode> names)
        {
            if (Removed is not null) names.Remove(Removed);
            if (Added is not null) names[Added] = Node!;
        }
    }
}
