namespace StreamActors.Client.Producer;

/// <summary>The bytes that records may take while they wait; who finds none left waits in line.</summary>
internal sealed class BufferMemory(long capacity)
{
    private readonly Lock mutex = new();
    private readonly Queue<(int Bytes, TaskCompletionSource Granted)> line = new();
    private long free = capacity;

    /// <summary>Somebody waits, so batches had better leave.</summary>
    public bool IsExhausted
    {
        get
        {
            lock (mutex) return line.Count > 0;
        }
    }

    public bool TryReserve(int bytes)
    {
        lock (mutex)
        {
            if (line.Count > 0 || free < bytes) return false;
            free -= bytes;
            return true;
        }
    }

    public Task ReserveAsync(int bytes)
    {
        lock (mutex)
        {
            if (TryReserve(bytes)) return Task.CompletedTask;
            var granted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            line.Enqueue((bytes, granted));
            return granted.Task;
        }
    }

    public void Release(int bytes)
    {
        lock (mutex)
        {
            free += bytes;
            while (line.TryPeek(out var first) && free >= first.Bytes)
            {
                free -= first.Bytes;
                line.Dequeue().Granted.TrySetResult();
            }
        }
    }
}
