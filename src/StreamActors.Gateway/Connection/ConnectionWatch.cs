namespace StreamActors.Gateway.Connection;

/// <summary>
/// What a connection is doing and since when. Its loops write it, one timer for all connections reads it: an idle connection costs
/// no timer and a request no timer change. A reading that is a moment old closes nobody early, because every phase starts with its own time.
/// </summary>
internal sealed class ConnectionWatch(TimeProvider time, ConnectionLimits limits)
{
    private enum Phase
    {
        Opening,
        Idle,
        Frame,
        Busy,
    }

    private volatile Phase phase = Phase.Opening;
    private long phaseSince = time.GetTimestamp();
    private long lastReceived;
    private long frameBytes;
    private volatile bool sending;
    private volatile bool draining;
    private long sentBytes;
    private long sentSince;

    public bool IsIdle => phase == Phase.Idle;

    public bool IsDraining => draining;

    /// <summary>Waits for the first byte of a frame; false where the connection is to be closed instead.</summary>
    public bool Idle()
    {
        Enter(Phase.Idle);
        Interlocked.MemoryBarrier(); // with the one in Drain: whatever their order, one of the two sees the other
        return !draining;
    }

    /// <summary>No request begins any more. True where none is under way.</summary>
    public bool Drain()
    {
        draining = true;
        Interlocked.MemoryBarrier();
        return IsIdle;
    }

    /// <summary>The clock of a frame starts; some of its bytes may be there.</summary>
    public void FrameBegins(int bytes)
    {
        Volatile.Write(ref frameBytes, bytes);
        FrameGoesOn();
    }

    /// <summary>Time spent waiting for our memory is not the client's.</summary>
    public void WaitsForMemory() => Enter(Phase.Busy);

    public void FrameGoesOn()
    {
        Volatile.Write(ref lastReceived, time.GetTimestamp());
        Enter(Phase.Frame);
    }

    public void Received(int bytes)
    {
        Volatile.Write(ref frameBytes, frameBytes + bytes);
        Volatile.Write(ref lastReceived, time.GetTimestamp());
    }

    /// <summary>A request is being handled or waits for its turn: nothing is expected of the client.</summary>
    public void Busy() => Enter(Phase.Busy);

    public void Sends(long bytesSentBefore)
    {
        sentBytes = bytesSentBefore;
        Volatile.Write(ref sentSince, time.GetTimestamp());
        sending = true;
    }

    public void Sent() => sending = false;

    /// <summary>Which deadline has passed, if one has. Called by the sweep only.</summary>
    public CloseReason? Expired(long bytesSent)
    {
        if (sending && SendIsStuck(bytesSent)) return CloseReason.SlowReader;
        switch (phase)
        {
            case Phase.Opening when Since(ref phaseSince) > limits.OpenDeadline: return CloseReason.OpenTimeout;
            case Phase.Idle when Since(ref phaseSince) > limits.IdleDeadline: return CloseReason.Idle;
            case Phase.Frame when Since(ref lastReceived) > limits.FrameStallDeadline || IsTooSlow(): return CloseReason.FrameTooSlow;
            default: return null;
        }
    }

    private bool IsTooSlow() =>
        Since(ref phaseSince) > limits.FrameStallDeadline + TimeSpan.FromSeconds((double)Volatile.Read(ref frameBytes) / limits.FrameMinBytesPerSecond);

    private bool SendIsStuck(long bytesSent)
    {
        if (bytesSent == sentBytes) return Since(ref sentSince) > limits.SendStallDeadline;
        sentBytes = bytesSent;
        Volatile.Write(ref sentSince, time.GetTimestamp());
        return false;
    }

    private TimeSpan Since(ref long timestamp) => time.GetElapsedTime(Volatile.Read(ref timestamp));

    private void Enter(Phase next)
    {
        Volatile.Write(ref phaseSince, time.GetTimestamp());
        phase = next;
    }
}
