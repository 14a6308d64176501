namespace StreamActors.Simulation.Groups;

/// <summary>What is going to happen, in order of time; of what happens at once, in order of planning.</summary>
internal sealed class Agenda
{
    private readonly PriorityQueue<Action, (long At, long Order)> queue = new();
    private long order;

    /// <summary>Milliseconds since the beginning.</summary>
    public long Now { get; private set; }

    public void After(long ms, Action action) => queue.Enqueue(action, (Now + Math.Max(ms, 0), order++));

    /// <summary>Runs up to a time, or until something is wrong.</summary>
    public void RunUntil(long end, Func<bool> isOver)
    {
        while (!isOver() && queue.TryPeek(out _, out var next) && next.At <= end)
        {
            var action = queue.Dequeue();
            Now = next.At;
            action();
        }

        if (!isOver()) Now = end;
    }
}
