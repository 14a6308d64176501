namespace StreamActors.Client.Errors;

/// <summary>Wakes one waiting loop: when somebody sets it, or when its timer does. A signal that comes while nobody waits is kept.</summary>
internal sealed class AsyncSignal : IDisposable
{
    private readonly Lock mutex = new();
    private readonly ITimer timer;
    private TaskCompletionSource? waiter;
    private bool isSet;

    public AsyncSignal(TimeProvider time) =>
        timer = time.CreateTimer(static self => ((AsyncSignal)self!).Set(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    public void Set()
    {
        TaskCompletionSource? woken;
        lock (mutex)
        {
            (woken, waiter) = (waiter, null);
            isSet |= woken is null;
        }

        woken?.TrySetResult();
    }

    /// <summary>Waits for the signal, at most <paramref name="atMost"/>; infinite is allowed.</summary>
    public Task WaitAsync(TimeSpan atMost)
    {
        lock (mutex)
        {
            if (isSet || atMost == TimeSpan.Zero)
            {
                isSet = false;
                return Task.CompletedTask;
            }

            waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            timer.Change(atMost, Timeout.InfiniteTimeSpan);
            return waiter.Task;
        }
    }

    public void Dispose() => timer.Dispose();
}
