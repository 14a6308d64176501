namespace StreamActors.Simulation.Engine;

/// <summary>
/// A process of the simulated machines: what belongs together and dies together. Killing it forgets its mailboxes, timers and
/// continuations at once, in the midst of whatever it did, as <c>kill -9</c> would; nothing of it runs again.
/// </summary>
internal sealed class SimulatedProcess : SynchronizationContext
{
    private readonly List<Action> onKilled = [];
    private readonly List<Task> tasks = [];

    internal SimulatedProcess(World world, string name, int number)
    {
        World = world;
        Name = name;
        Number = number;
        Clock = new WorldTimeProvider(this);
    }

    public World World { get; }

    public string Name { get; }

    /// <summary>Counts starts: a restarted process is another one.</summary>
    public int Number { get; }

    public bool IsAlive { get; private set; } = true;

    /// <summary>Virtual time, with timers that die with the process.</summary>
    public TimeProvider Clock { get; }

    /// <summary>Starts asynchronous code whose continuations come back to the World, and whose failure is the run's failure.</summary>
    public Task Start(string label, Func<Task> code)
    {
        var done = new TaskCompletionSource();
        World.Enqueue(this, label, () => Within(() => tasks.Add(FollowAsync(code, done))));
        return done.Task;
    }

    public void OnKilled(Action action) => onKilled.Add(action);

    public void Kill()
    {
        if (!IsAlive) return;
        IsAlive = false;
        World.Note(this, "killed");
        World.Forget(this);
        foreach (var action in onKilled) action();
    }

    public override void Post(SendOrPostCallback d, object? state) => World.Enqueue(this, "continues", () => Within(() => d(state)));

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nothing waits for another in a simulation.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs with this as the context, so that what is awaited comes back to the World.</summary>
    internal void Within(Action action)
    {
        SetSynchronizationContext(this);
        action();
    }

    private async Task FollowAsync(Func<Task> code, TaskCompletionSource done)
    {
        try
        {
            await code();
            done.SetResult();
        }
        catch (Exception e)
        {
            done.SetException(e);
            // Thrown again from a step of its own, where the World sees it.
            World.Enqueue(this, "fails", () => System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e));
        }
    }
}
