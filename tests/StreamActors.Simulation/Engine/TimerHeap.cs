using System.Diagnostics.CodeAnalysis;

namespace StreamActors.Simulation.Engine;

internal sealed record TimedRun(TimeSpan Due, long Sequence, SimulatedProcess Process, string Label, Action Fire, Func<bool> IsCancelled);

/// <summary>What will run later, earliest first. Cancelled timers leave when they come up, without moving the clock.</summary>
internal sealed class TimerHeap
{
    private readonly PriorityQueue<TimedRun, (TimeSpan, long)> heap = new();

    public void Add(TimedRun timer) => heap.Enqueue(timer, (timer.Due, timer.Sequence));

    public bool TryPeek([NotNullWhen(true)] out TimedRun? timer)
    {
        while (heap.TryPeek(out timer, out _))
        {
            if (!timer.IsCancelled()) return true;
            heap.Dequeue();
        }

        return false;
    }

    public void Take() => heap.Dequeue();

    public void RemoveAllOf(SimulatedProcess process)
    {
        var others = heap.UnorderedItems.Where(item => item.Element.Process != process).ToList();
        heap.Clear();
        heap.EnqueueRange(others);
    }
}
