using StreamActors.Protocol.Wire;

namespace StreamActors.Gateway.Connection;

/// <summary>
/// Requests of one connection that were let in before their predecessors were answered. Answers leave in the order of the
/// requests, whichever is ready first. Used only while a client pipelines.
/// </summary>
internal sealed class AnswerQueue(ConnectionLimits limits, Func<RequestContext, ResponseFrame?, ValueTask> send, Action<Exception> fail)
{
    private readonly Lock mutex = new();
    private readonly Queue<(RequestContext Context, FrameBuffer Frame, ValueTask<ResponseFrame?> Answer)> waiting = new();
    private long bytes;
    private bool failed;
    private bool signalWhenEmpty;
    private TaskCompletionSource? signal;

    public bool IsEmpty
    {
        get { lock (mutex) return waiting.Count == 0; }
    }

    public void Enqueue(RequestContext context, FrameBuffer frame, ValueTask<ResponseFrame?> answer)
    {
        bool start;
        lock (mutex)
        {
            start = waiting.Count == 0;
            waiting.Enqueue((context, frame, answer));
            bytes += frame.Length;
        }

        if (start) _ = PumpAsync();
    }

    /// <summary>Waits until another request may be let in.</summary>
    public ValueTask RoomAsync() => WaitAsync(whenEmpty: false);

    /// <summary>Waits until every answer was sent or dropped.</summary>
    public ValueTask EmptyAsync() => WaitAsync(whenEmpty: true);

    private ValueTask WaitAsync(bool whenEmpty)
    {
        lock (mutex)
        {
            if (waiting.Count == 0 || !whenEmpty && HasRoom) return ValueTask.CompletedTask;
            signalWhenEmpty = whenEmpty;
            signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return new ValueTask(signal.Task);
        }
    }

    private bool HasRoom => waiting.Count < limits.MaxInFlightRequests && bytes < limits.MaxInFlightBytes;

    private async Task PumpAsync()
    {
        while (true)
        {
            (RequestContext Context, FrameBuffer Frame, ValueTask<ResponseFrame?> Answer) head;
            lock (mutex) head = waiting.Peek();
            var cost = await AnswerAsync(head.Context, head.Frame, head.Answer);

            TaskCompletionSource? ready = null;
            bool done;
            lock (mutex)
            {
                waiting.Dequeue();
                bytes -= cost;
                done = waiting.Count == 0;
                if (done || !signalWhenEmpty && HasRoom) (ready, signal) = (signal, null);
            }

            ready?.TrySetResult();
            if (done) return;
        }
    }

    /// <summary>What the queue has accounted for this request in the end. After a failure answers are awaited, because they hold memory, and dropped.</summary>
    private async ValueTask<long> AnswerAsync(RequestContext context, FrameBuffer frame, ValueTask<ResponseFrame?> answer)
    {
        long cost = frame.Length;
        ResponseFrame? response = null;
        try
        {
            try
            {
                response = await answer;
            }
            finally
            {
                frame.Dispose();
            }

            lock (mutex) bytes += (response?.TotalLength ?? 0) - cost;
            cost = response?.TotalLength ?? 0;
            if (failed) response?.Dispose();
            else await send(context, response);
        }
        catch (Exception e)
        {
            failed = true;
            fail(e);
        }

        return cost;
    }
}
