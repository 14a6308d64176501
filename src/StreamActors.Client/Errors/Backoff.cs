namespace StreamActors.Client.Errors;

/// <summary>Pauses that double with each failure, a fifth longer or shorter by chance, so that clients do not come back all at once.</summary>
internal sealed class Backoff(KafkaClientOptions options)
{
    private const double Jitter = 0.2;

    /// <param name="failures">How often it has failed in a row: 1 after the first.</param>
    public TimeSpan Retry(int failures) => Pause(options.RetryBackoff, options.RetryBackoffMax, failures);

    public TimeSpan Reconnect(int failures) => Pause(options.ReconnectBackoff, options.ReconnectBackoffMax, failures);

    public int Choose(int count)
    {
        lock (options.Random) return options.Random.Next(count);
    }

    private TimeSpan Pause(TimeSpan first, TimeSpan most, int failures)
    {
        var doubled = Math.Min(most.TotalMilliseconds, first.TotalMilliseconds * Math.Pow(2, Math.Clamp(failures - 1, 0, 30)));
        lock (options.Random) return TimeSpan.FromMilliseconds(doubled * (1 - Jitter + (2 * Jitter * options.Random.NextDouble())));
    }
}

/// <summary>A point in time until which something is tried.</summary>
internal readonly struct Deadline(TimeProvider time, TimeSpan after)
{
    private readonly long start = time.GetTimestamp();

    public TimeSpan Remaining
    {
        get
        {
            var left = after - time.GetElapsedTime(start);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public bool IsOver => Remaining == TimeSpan.Zero;
}
