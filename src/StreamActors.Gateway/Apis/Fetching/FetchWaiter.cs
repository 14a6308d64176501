using System.Threading.Tasks.Sources;
using StreamActors.Broker.Replicas;

namespace StreamActors.Gateway.Apis.Fetching;

/// <summary>
/// A fetch that found too little: it waits until one of its partitions has more, or its time is over, or its client is gone. Completed once
/// per wait, from whichever comes first.
/// </summary>
internal sealed class FetchWaiter : IAppendListener, IValueTaskSource<bool>, IDisposable
{
    private readonly IReadOnlyCollection<ReplicaHandle> handles;
    private readonly ITimer timer;
    private readonly CancellationTokenRegistration closed;
    private ManualResetValueTaskSourceCore<bool> core = new() { RunContinuationsAsynchronously = true };
    private volatile bool over;
    private int signals;
    private int armed;

    public FetchWaiter(IReadOnlyCollection<ReplicaHandle> handles, TimeProvider time, TimeSpan wait, CancellationToken connectionClosed)
    {
        this.handles = handles;
        foreach (var handle in handles) handle.Appended.Add(this);
        timer = time.CreateTimer(static state => ((FetchWaiter)state!).End(), this, wait, Timeout.InfiniteTimeSpan);
        closed = connectionClosed.UnsafeRegister(static state => ((FetchWaiter)state!).End(), this);
    }

    /// <summary>Counts what came; to be read before the partitions are.</summary>
    public int Signals => Volatile.Read(ref signals);

    /// <summary>True when there may be more to read than at <paramref name="seen"/>; false when the time is over.</summary>
    public ValueTask<bool> WaitAsync(int seen)
    {
        core.Reset();
        Volatile.Write(ref armed, 1);
        if (over || Signals != seen) Fire();
        return new ValueTask<bool>(this, core.Version);
    }

    public void OnAppended()
    {
        Interlocked.Increment(ref signals);
        Fire();
    }

    public void Dispose()
    {
        timer.Dispose();
        closed.Dispose();
        foreach (var handle in handles) handle.Appended.Remove(this);
    }

    private void End()
    {
        over = true;
        Fire();
    }

    private void Fire()
    {
        if (Interlocked.Exchange(ref armed, 0) == 1) core.SetResult(!over);
    }

    bool IValueTaskSource<bool>.GetResult(short token) => core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<bool>.GetStatus(short token) => core.GetStatus(token);

    void IValueTaskSource<bool>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        core.OnCompleted(continuation, state, token, flags);
}
