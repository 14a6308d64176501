namespace StreamActors.Broker.Replicas;

/// <summary>How a node treats its replicas; from its configuration.</summary>
public sealed record ReplicaSettings
{
    /// <summary>A replica that nobody read or wrote for so long sleeps; zero: never.</summary>
    public TimeSpan PassivateAfter { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How often retention is applied to a replica that is awake (<c>log.retention.check.interval.ms</c>).</summary>
    public TimeSpan RetentionCheckInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long after the start sleeping replicas are left alone (<c>log.initial.task.delay.ms</c>).</summary>
    public TimeSpan InitialTaskDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many sleeping replicas are looked at in a second, and how many are woken, for retention.</summary>
    public int RetentionSweepPerSecond { get; init; } = 200;

    /// <summary>The first pause before a failed replica opens its log again; it doubles with each failure.</summary>
    public TimeSpan RestartBackoff { get; init; } = TimeSpan.FromMilliseconds(200);

    public TimeSpan MaxRestartBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The most bytes of appends that are held for one gathered write.</summary>
    public int MaxGatheredBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>The dispatcher of the replicas: they write to disks, so it has threads of its own.</summary>
    public string Dispatcher { get; init; } = "streamactors.dispatchers.replica";

    /// <summary>The dispatcher of those that sync.</summary>
    public string SyncDispatcher { get; init; } = "streamactors.dispatchers.sync";

    /// <summary>The dispatcher of those that compact.</summary>
    public string CleanerDispatcher { get; init; } = "streamactors.dispatchers.cleaner";
}
