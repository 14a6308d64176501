namespace StreamActors.Broker.Coordinators;

/// <summary>What a coordinator's actor needs around its core.</summary>
internal sealed record CoordinatorOptions<TCommand, TRecord>
{
    /// <summary>A shard that knows nothing yet.</summary>
    public required Func<ICoordinatorShard<TCommand, TRecord>> NewShard { get; init; }

    public required ICoordinatorCodec<TRecord> Codec { get; init; }

    public required ICoordinatorLog Log { get; init; }

    public required TimeProvider Clock { get; init; }

    public int MaxBatchBytes { get; init; } = 1_000_000;

    /// <summary>How much of the log is replayed in one turn.</summary>
    public int ReplayBytes { get; init; } = 1024 * 1024;

    /// <summary>How many calls wait for the replay; more are told COORDINATOR_LOAD_IN_PROGRESS.</summary>
    public int MaxHeldCalls { get; init; } = 1000;
}
