using StreamActors.Protocol.Compression;

namespace StreamActors.Client.Producer;

/// <summary>Who has to have a record before it counts as delivered.</summary>
public enum Acks : short
{
    /// <summary>All in-sync replicas.</summary>
    All = -1,

    /// <summary>Nobody: records may be lost without a word, and have no offset.</summary>
    None = 0,

    /// <summary>The leader.</summary>
    Leader = 1,
}

/// <summary>How a producer batches and how hard it tries. Names and defaults are those of Kafka's producer.</summary>
public sealed record ProducerOptions
{
    public Acks Acks { get; init; } = Acks.All;

    /// <summary>Each record lands once and in order, however often it has to be sent (KIP-98). Needs <see cref="Acks.All"/>.</summary>
    public bool EnableIdempotence { get; init; } = true;

    /// <summary>A batch leaves when it has this many bytes, not compressed.</summary>
    public int BatchSize { get; init; } = 16384;

    /// <summary>A batch that is not full leaves after this time.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromMilliseconds(5);

    public CompressionCodec Compression { get; init; } = CompressionCodec.None;

    /// <summary>The codec's level; null for its default.</summary>
    public int? CompressionLevel { get; init; }

    /// <summary>The largest request, and so the largest record, in bytes.</summary>
    public int MaxRequestSize { get; init; } = 1048576;

    /// <summary>Bytes of records that may wait; when they are reached, <see cref="KafkaProducer.EnqueueAsync"/> waits too.</summary>
    public long BufferMemory { get; init; } = 32L << 20;

    /// <summary>Requests under way to one broker; idempotence allows 5 at most.</summary>
    public int MaxInFlightRequests { get; init; } = 5;

    /// <summary>From a record's entry into its batch until it is delivered or has failed.</summary>
    public TimeSpan DeliveryTimeout { get; init; } = TimeSpan.FromSeconds(120);

    internal void Validate()
    {
        if (!EnableIdempotence) return;
        if (Acks != Acks.All) throw new ArgumentException("Idempotence needs acks from all in-sync replicas.", nameof(Acks));
        if (MaxInFlightRequests is < 1 or > 5) throw new ArgumentException("Idempotence needs 1 to 5 requests in flight.", nameof(MaxInFlightRequests));
    }
}
