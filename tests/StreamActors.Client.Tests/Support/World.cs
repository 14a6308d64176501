using System.Collections.Concurrent;

namespace StreamActors.Client.Tests.Support;

/// <summary>
/// Runs a scenario on one thread and in virtual time: continuations in the order in which they were posted; when there is none, time jumps
/// to the next timer. What is posted from another thread is an escape and fails the test, for then no run could be repeated.
/// </summary>
internal sealed class World : SynchronizationContext
{
    private readonly ConcurrentQueue<(SendOrPostCallback Run, object? State)> runnable = new();
    private readonly int thread = Environment.CurrentManagedThreadId;
    private int escapes;

    public VirtualTime Time { get; } = new();

    public static void Run(Func<World, Task> scenario)
    {
        var before = Current;
        var world = new World();
        try
        {
            SetSynchronizationContext(world);
            var task = scenario(world);
            while (!task.IsCompleted) world.Step();
            task.GetAwaiter().GetResult();
        }
        finally
        {
            SetSynchronizationContext(before);
        }

        Assert.Equal(0, world.escapes);
    }

    /// <summary>Lets time pass, and what is due in it happen.</summary>
    public Task Sleep(double milliseconds) => Task.Delay(TimeSpan.FromMilliseconds(milliseconds), Time);

    /// <summary>Waits for something that others bring about; fails after a virtual minute.</summary>
    public async Task Until(Func<bool> condition)
    {
        for (var i = 0; i < 60_000 && !condition(); i++) await Sleep(1);
        Assert.True(condition(), "The condition did not come true within a minute.");
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (Environment.CurrentManagedThreadId != thread) Interlocked.Increment(ref escapes);
        runnable.Enqueue((d, state));
    }

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("A scenario does not block.");

    private void Step()
    {
        if (runnable.TryDequeue(out var next)) next.Run(next.State);
        else if (!Time.AdvanceToNextTimer()) throw new InvalidOperationException("The scenario waits, and nothing is left that could happen.");
    }
}

internal sealed class VirtualTime : TimeProvider
{
    private readonly PriorityQueue<(VirtualTimer Timer, int Version), (long Due, long Order)> due = new();
    private long now = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).Ticks;
    private long order;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(now, TimeSpan.Zero);

    public override long GetTimestamp() => now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new VirtualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public bool AdvanceToNextTimer()
    {
        while (due.TryDequeue(out var next, out var at))
        {
            if (next.Timer.Version != next.Version) continue;
            now = Math.Max(now, at.Due);
            next.Timer.Fire();
            return true;
        }

        return false;
    }

    private sealed class VirtualTimer(VirtualTime time, TimerCallback callback, object? state) : ITimer
    {
        public int Version { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Version++;
            if (period != Timeout.InfiniteTimeSpan) throw new NotSupportedException("Timers fire once.");
            if (dueTime != Timeout.InfiniteTimeSpan) time.due.Enqueue((this, Version), (time.now + dueTime.Ticks, time.order++));
            return true;
        }

        public void Fire()
        {
            Version++;
            callback(state);
        }

        public void Dispose() => Version++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
