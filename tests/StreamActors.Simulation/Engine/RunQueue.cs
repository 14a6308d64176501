namespace StreamActors.Simulation.Engine;

internal sealed record Runnable(SimulatedProcess Process, string Label, long Sequence, Action Run);

/// <summary>
/// What can run now, ordered by process, label and age, not by the order of arrival: Akka keeps children and watchers in hash tables
/// of strings, whose order differs between processes, and tells them in that order.
/// </summary>
internal sealed class RunQueue
{
    private readonly List<Runnable> items = [];

    public int Count => items.Count;

    public void Add(Runnable item)
    {
        var index = items.BinarySearch(item, Order.Instance);
        items.Insert(~index, item);
    }

    public Runnable Take(int index)
    {
        var item = items[index];
        items.RemoveAt(index);
        return item;
    }

    public void RemoveAllOf(SimulatedProcess process) => items.RemoveAll(item => item.Process == process);

    private sealed class Order : IComparer<Runnable>
    {
        public static readonly Order Instance = new();

        public int Compare(Runnable? x, Runnable? y)
        {
            var order = x!.Process.Number.CompareTo(y!.Process.Number);
            if (order == 0) order = string.CompareOrdinal(x.Label, y.Label);
            return order != 0 ? order : x.Sequence.CompareTo(y.Sequence);
        }
    }
}
