namespace StreamActors.Gateway.Connection;

/// <summary>
/// A node-wide account of memory in request frames. Who does not get any waits in line and is not read meanwhile. So that
/// frames that are all half there cannot block each other for ever, the first in line may overdraw: one frame at a time.
/// </summary>
public sealed class RequestMemory(long capacity)
{
    private readonly Lock mutex = new();
    private readonly LinkedList<Waiter> line = new();
    private object? overdrawer;

    /// <summary>What is taken now, in bytes. Above the capacity by at most one frame, and the small frames of pipelines.</summary>
    public long Taken { get; private set; }

    /// <summary>How many frames wait for memory.</summary>
    public int Waiting
    {
        get { lock (mutex) return line.Count; }
    }

    /// <summary>Takes the bytes if they are there and nobody is in line.</summary>
    public bool TryTake(object frame, long bytes)
    {
        lock (mutex)
        {
            if (!ReferenceEquals(frame, overdrawer) && (line.Count > 0 || Taken + bytes > capacity)) return false;
            Taken += bytes;
            return true;
        }
    }

    /// <summary>Takes the bytes in any case: for what is small and bounded elsewhere.</summary>
    public void Take(long bytes)
    {
        lock (mutex) Taken += bytes;
    }

    /// <summary>Takes the bytes, after a wait in line where there is no room.</summary>
    /// <exception cref="OperationCanceledException">The connection is gone.</exception>
    public async ValueTask TakeAsync(object frame, long bytes, CancellationToken cancellationToken)
    {
        if (TryTake(frame, bytes)) return;
        var waiter = new Waiter(frame, bytes);
        lock (mutex) line.AddLast(waiter.Node);
        Serve();
        using (cancellationToken.UnsafeRegister(static (state, token) => ((Waiter)state!).Cancel(token), waiter))
        {
            try
            {
                await waiter.Granted.Task;
            }
            catch (OperationCanceledException)
            {
                lock (mutex)
                {
                    if (waiter.Node.List is not null) line.Remove(waiter.Node);
                }

                Serve();
                throw;
            }
        }
    }

    /// <summary>Gives back all that a frame took; another one may overdraw then.</summary>
    public void Return(object frame, long bytes)
    {
        lock (mutex)
        {
            Taken -= bytes;
            if (ReferenceEquals(frame, overdrawer)) overdrawer = null;
        }

        Serve();
    }

    private void Serve()
    {
        lock (mutex)
        {
            while (line.First is { Value: var first })
            {
                if (Taken + first.Bytes > capacity)
                {
                    if (overdrawer is not null) return;
                    overdrawer = first.Frame;
                }

                line.RemoveFirst();
                if (first.Granted.TrySetResult()) Taken += first.Bytes;
                else if (ReferenceEquals(overdrawer, first.Frame)) overdrawer = null;
            }
        }
    }

    private sealed class Waiter
    {
        public Waiter(object frame, long bytes)
        {
            (Frame, Bytes) = (frame, bytes);
            Node = new LinkedListNode<Waiter>(this);
        }

        public object Frame { get; }

        public long Bytes { get; }

        public LinkedListNode<Waiter> Node { get; }

        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Cancel(CancellationToken token) => Granted.TrySetCanceled(token);
    }
}

/// <summary>Two accounts, so that a few huge frames cannot hold up everybody's ordinary ones.</summary>
public sealed class FrameMemory(long capacity)
{
    /// <summary>Where a frame stops being an ordinary one.</summary>
    public const int LargeFrame = 1024 * 1024;

    public RequestMemory Small { get; } = new(capacity / 2);

    public RequestMemory Large { get; } = new(capacity / 2);

    public RequestMemory For(int size) => size > LargeFrame ? Large : Small;
}
