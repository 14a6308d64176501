namespace StreamActors.Simulation.Engine;

/// <summary>
/// One run: a seed, a virtual clock, what can run now, and what will run later. All of it on the thread that calls
/// <see cref="RunUntil"/>; which of the runnable things comes next is the seed's choice.
/// </summary>
internal sealed class World
{
    /// <summary>When every run begins; late enough for any timestamp of the past, and never today.</summary>
    public static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // Time passes while work waits, in some runs: deadlines fire late or in the midst of things, as on a busy machine.
    private static readonly double[] Hurries = [0, 0, 0.001, 0.01, 0.05];

    private readonly RunQueue runnable = new();
    private readonly TimerHeap timers = new();
    private readonly WorldRandom schedule;
    private readonly double hurry;
    private readonly List<SimulatedProcess> processes = [];
    private readonly int thread = Environment.CurrentManagedThreadId;
    private int foreignCalls;
    private long sequence;

    public World(ulong seed, TextWriter? log = null)
    {
        Seed = seed;
        Trace = new Trace(log);
        schedule = RandomFor("schedule");
        hurry = schedule.Pick(Hurries);
    }

    public ulong Seed { get; }

    public Trace Trace { get; }

    /// <summary>Virtual time since the run began.</summary>
    public TimeSpan Elapsed { get; private set; }

    public DateTimeOffset Now => Epoch + Elapsed;

    /// <summary>How often something came from a thread that is not the World's. Anything but 0 is a bug: it cannot be repeated.</summary>
    public int ForeignCalls => Volatile.Read(ref foreignCalls);

    /// <summary>Where the first of them came from.</summary>
    public string? FirstForeignCall { get; private set; }

    /// <summary>What escaped from a step: nobody else would see it.</summary>
    public Exception? Failure { get; private set; }

    public WorldRandom RandomFor(string concern) => WorldRandom.Stream(Seed, concern);

    public SimulatedProcess StartProcess(string name)
    {
        var process = new SimulatedProcess(this, name, processes.Count);
        processes.Add(process);
        Note(process, "starts");
        return process;
    }

    public void Note(SimulatedProcess? process, string what) => Trace.Note(Elapsed, process?.Name ?? "world", what);

    /// <summary>Runs until the condition holds, and says whether it came to hold within that much virtual time.</summary>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        var end = Elapsed + limit;
        while (!condition())
        {
            if (!Step(end)) return condition();
        }

        return true;
    }

    public void RunFor(TimeSpan time)
    {
        var end = Elapsed + time;
        while (Step(end))
        {
        }

        Elapsed = end;
    }

    internal void Enqueue(SimulatedProcess process, string label, Action run)
    {
        if (IsForeign() || !process.IsAlive) return;
        runnable.Add(new Runnable(process, label, sequence++, run));
    }

    internal void EnqueueAt(TimeSpan due, SimulatedProcess process, string label, Action fire, Func<bool> isCancelled)
    {
        if (IsForeign() || !process.IsAlive) return;
        timers.Add(new TimedRun(due < Elapsed ? Elapsed : due, sequence++, process, label, fire, isCancelled));
    }

    internal bool IsForeign()
    {
        if (Environment.CurrentManagedThreadId == thread) return false;
        if (Interlocked.Increment(ref foreignCalls) == 1) FirstForeignCall = Environment.StackTrace;
        return true;
    }

    internal void Forget(SimulatedProcess process)
    {
        runnable.RemoveAllOf(process);
        timers.RemoveAllOf(process);
    }

    private bool Step(TimeSpan end)
    {
        if (Failure is { } failure) throw new SimulationFailedException($"A step failed in the run of seed {Seed}.", failure);
        if (!timers.TryPeek(out var timer) || timer.Due > end) timer = null;
        if (runnable.Count > 0 && !(timer is not null && hurry > 0 && schedule.Chance(hurry)))
        {
            var next = runnable.Take(schedule.Next(runnable.Count));
            Run(next.Process, next.Label, next.Run);
            return true;
        }

        if (timer is null) return false;
        timers.Take();
        if (timer.Due > Elapsed) Elapsed = timer.Due;
        Run(timer.Process, timer.Label, timer.Fire);
        return true;
    }

    private void Run(SimulatedProcess process, string label, Action run)
    {
        Trace.Step(Elapsed, process.Name, label);
        var outer = SynchronizationContext.Current;
        // None for timers: what completes in one, and is awaited without a context, goes on in place. The others set their process's.
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            run();
        }
        catch (Exception e) when (process.IsAlive)
        {
            Failure ??= e;
        }
        catch (Exception)
        {
            // A process that was killed in the midst of a step has nobody left to whom this matters.
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }
}

internal sealed class SimulationFailedException(string message, Exception inner) : Exception(message, inner);
