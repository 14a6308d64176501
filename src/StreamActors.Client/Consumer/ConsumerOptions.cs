namespace StreamActors.Client.Consumer;

/// <summary>What to do where the partition has no such offset (any more).</summary>
public enum OffsetReset
{
    /// <summary>Tell the caller: <see cref="KafkaConsumer.PollAsync"/> throws.</summary>
    None,
    Earliest,
    Latest,
}

/// <summary>How a consumer fetches. Names and defaults are those of Kafka's consumer.</summary>
public sealed record ConsumerOptions
{
    /// <summary>A fetch waits until there are so many bytes...</summary>
    public int FetchMinBytes { get; init; } = 1;

    /// <summary>...but not longer than this.</summary>
    public TimeSpan FetchMaxWait { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Bytes of one answer; a first batch that is larger comes all the same.</summary>
    public int FetchMaxBytes { get; init; } = 50 << 20;

    /// <summary>Bytes of one partition in one answer; likewise.</summary>
    public int MaxPartitionFetchBytes { get; init; } = 1 << 20;

    public int MaxPollRecords { get; init; } = 500;

    public IsolationLevel IsolationLevel { get; init; } = IsolationLevel.ReadUncommitted;

    public OffsetReset OffsetReset { get; init; } = OffsetReset.Latest;

    public bool CheckCrcs { get; init; } = true;

    /// <summary>Bytes that the records of one batch may have once decompressed; more is taken for an attack.</summary>
    public int MaxDecompressedBatchBytes { get; init; } = 256 << 20;
}
