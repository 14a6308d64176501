namespace StreamActors.Simulation.Engine;

/// <summary>The World's time for one process. Timers fire on the World's thread when virtual time has come to them.</summary>
internal sealed class WorldTimeProvider(SimulatedProcess process) : TimeProvider
{
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => process.World.Now;

    public override long GetTimestamp() => process.World.Elapsed.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new WorldTimer(process, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class WorldTimer(SimulatedProcess process, TimerCallback callback, object? state) : ITimer
    {
        private int changes;
        private bool disposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (disposed) return false;
            changes++;
            if (dueTime != Timeout.InfiniteTimeSpan) Arm(dueTime, period);
            return true;
        }

        public void Dispose()
        {
            disposed = true;
            changes++;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Arm(TimeSpan dueTime, TimeSpan period)
        {
            var mine = changes;
            process.World.EnqueueAt(process.World.Elapsed + dueTime, process, "timer", Fire, () => changes != mine);

            void Fire()
            {
                if (period > TimeSpan.Zero) Arm(period, period);
                callback(state);
            }
        }
    }
}
