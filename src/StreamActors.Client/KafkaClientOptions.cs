using StreamActors.Client.Connections;
using StreamActors.Protocol.Transport;

namespace StreamActors.Client;

/// <summary>What every client needs to know: where the cluster is, how patient to be, and where time and chance come from.</summary>
public sealed record KafkaClientOptions
{
    /// <summary>Where to begin; one that answers is enough, the others of the cluster are learned from it.</summary>
    public required IReadOnlyList<BrokerAddress> BootstrapServers { get; init; }

    /// <summary>The name that brokers see in their logs and quotas.</summary>
    public string ClientId { get; init; } = "streamactors";

    /// <summary>How long one request may take. A connection that keeps one waiting longer is closed.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection may take until it can be used.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long to go on trying: an administrative call, or a topic that no broker knows (yet).</summary>
    public TimeSpan ApiTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The age at which metadata is asked for again without need.</summary>
    public TimeSpan MetadataMaxAge { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The first pause before a request is tried again; it doubles up to <see cref="RetryBackoffMax"/>.</summary>
    public TimeSpan RetryBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan RetryBackoffMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The first pause before a broker that could not be reached is tried again; it doubles up to <see cref="ReconnectBackoffMax"/>.</summary>
    public TimeSpan ReconnectBackoff { get; init; } = TimeSpan.FromMilliseconds(50);

    public TimeSpan ReconnectBackoffMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The largest answer taken, in bytes; a broker that announces more is malformed.</summary>
    public int MaxResponseBytes { get; init; } = 100 << 20;

    /// <summary>Asks brokers to create topics that are missing; the broker's <c>auto.create.topics.enable</c> decides.</summary>
    public bool AllowAutoTopicCreation { get; init; } = true;

    public ITransport Transport { get; init; } = new SocketTransport();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where chance comes from (jitter, which broker to ask); seed it to repeat a run. Used under a lock.</summary>
    public Random Random { get; init; } = new();
}
