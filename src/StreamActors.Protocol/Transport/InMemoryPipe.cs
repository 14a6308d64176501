using System.Net;
using System.Threading.Tasks.Sources;

namespace StreamActors.Protocol.Transport;

/// <summary>One direction of an in-memory connection: bytes under way and bytes that arrived, at most <see cref="Capacity"/> of both.</summary>
internal sealed class InMemoryPipe(TimeProvider time, INetworkFaults faults, EndPoint from, EndPoint to)
{
    public const int Capacity = 64 * 1024;

    private readonly Lock mutex = new();
    private readonly byte[] ring = new byte[Capacity];
    private readonly PipeWaiter receiver = new();
    private readonly PipeWaiter sender = new();
    private int start;
    private int arrived;
    private int underWay;
    private long lastArrival;
    private bool ended;
    private bool broken;

    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var length = 0;
            ValueTask wait = default;
            lock (mutex)
            {
                if (broken) throw new IOException("The connection is broken.");
                if (arrived > 0 && buffer.IsEmpty || ended && arrived + underWay == 0) return 0;
                if (arrived > 0) length = Take(buffer.Span);
                else wait = receiver.Arm(cancellationToken);
            }

            if (length > 0)
            {
                sender.Release();
                return length;
            }

            await wait;
        }
    }

    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            ValueTask wait = default;
            lock (mutex)
            {
                if (broken || ended) throw new IOException("The connection is closed.");
                if (arrived + underWay == Capacity) wait = sender.Arm(CancellationToken.None);
            }

            await wait;
            bytes = bytes[Put(bytes.Span)..];
        }
    }

    /// <summary>The sending side closes in order: what was sent still arrives.</summary>
    public void End() => Change(() => ended = true);

    /// <summary>What has not been received is lost.</summary>
    public void Break() => Change(() => broken = true);

    private int Take(Span<byte> destination)
    {
        var most = Math.Min(arrived, destination.Length);
        var length = Math.Clamp(faults.ReceiveSize(from, to, most), 1, most);
        var first = Math.Min(length, Capacity - start);
        ring.AsSpan(start, first).CopyTo(destination);
        ring.AsSpan(0, length - first).CopyTo(destination[first..]);
        start = (start + length) % Capacity;
        arrived -= length;
        return length;
    }

    private int Put(ReadOnlySpan<byte> bytes)
    {
        var length = 0;
        var delay = TimeSpan.Zero;
        lock (mutex)
        {
            broken |= faults.Breaks(from, to, bytes.Length);
            if (!broken && !ended)
            {
                length = Math.Min(bytes.Length, Capacity - arrived - underWay);
                var head = (start + arrived + underWay) % Capacity;
                var first = Math.Min(length, Capacity - head);
                bytes[..first].CopyTo(ring.AsSpan(head));
                bytes[first..length].CopyTo(ring);
                underWay += length;
                delay = NextDelay(length);
            }
        }

        if (delay == TimeSpan.Zero) Arrive(length);
        else ArriveLater(length, delay);
        return length;
    }

    /// <summary>A piece arrives no earlier than the one before it.</summary>
    private TimeSpan NextDelay(int length)
    {
        var now = time.GetUtcNow().UtcTicks;
        lastArrival = Math.Max(lastArrival, now + faults.DelayOf(from, to, length).Ticks);
        return TimeSpan.FromTicks(lastArrival - now);
    }

    private void ArriveLater(int length, TimeSpan delay)
    {
        ITimer? timer = null;
        timer = time.CreateTimer(
            _ =>
            {
                Arrive(length);
                timer?.Dispose();
            },
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
        timer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    private void Arrive(int length) => Change(() =>
    {
        underWay -= length;
        arrived += length;
    });

    private void Change(Action change)
    {
        lock (mutex) change();
        receiver.Release();
        sender.Release();
    }
}

/// <summary>One waiter that is armed under the pipe's lock and released outside of it.</summary>
internal sealed class PipeWaiter : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> core; // continuations run inline or in the awaiter's context: no thread of its own
    private CancellationTokenRegistration cancellation;
    private int armed;

    public ValueTask Arm(CancellationToken cancellationToken)
    {
        cancellation.Dispose();
        core.Reset();
        Volatile.Write(ref armed, 1);
        cancellation = cancellationToken.UnsafeRegister(static (self, token) => ((PipeWaiter)self!).Cancel(token), this);
        return new ValueTask(this, core.Version);
    }

    public void Release()
    {
        if (Interlocked.Exchange(ref armed, 0) == 1) core.SetResult(true);
    }

    private void Cancel(CancellationToken token)
    {
        if (Interlocked.Exchange(ref armed, 0) == 1) core.SetException(new OperationCanceledException(token));
    }

    public void GetResult(short token) => core.GetResult(token);

    public ValueTaskSourceStatus GetStatus(short token) => core.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        core.OnCompleted(continuation, state, token, flags);
}
