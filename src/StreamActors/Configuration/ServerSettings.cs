using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using StreamActors.Broker.Progress;
using StreamActors.Broker.Replicas;
using StreamActors.Cluster.Controller;
using StreamActors.Configuration.Hocon;
using StreamActors.Gateway.Connection;

namespace StreamActors.Configuration;

/// <summary>What a node needs to know to start. All of it is valid.</summary>
public sealed record ServerSettings
{
    /// <summary>Kafka's node.id.</summary>
    public required int NodeId { get; init; }

    public required bool IsBroker { get; init; }

    public required bool IsController { get; init; }

    /// <summary>Kafka's broker.rack; null for none.</summary>
    public required string? Rack { get; init; }

    /// <summary>Absolute paths; the first one also keeps the metadata log where <see cref="MetadataFolder"/> says nothing else.</summary>
    public required ImmutableArray<string> DataFolders { get; init; }

    /// <summary>Absolute path of the metadata log's folder (<c>metadata.log.dir</c>); null for the first data folder.</summary>
    public required string? MetadataFolder { get; init; }

    public required ImmutableArray<ListenerSettings> Listeners { get; init; }

    public required ClusterSettings Cluster { get; init; }

    /// <summary>The most files of sealed segments that are open at once; 0 for what the operating system's limit suggests.</summary>
    public int MaxOpenSegmentFiles { get; init; }

    public required ReplicaSettings Replicas { get; init; }

    public required ControllerSettings Controller { get; init; }

    public required ConnectionLimits Connections { get; init; }

    public required GroupLagSettings GroupLag { get; init; }

    /// <summary>The least that is written to standard error.</summary>
    public required LogLevel LogLevel { get; init; }

    public required ShutdownSettings Shutdown { get; init; }

    /// <summary>Kafka's broker settings that were given, by name, normalized: the static layer of the broker's configuration.</summary>
    public required ImmutableSortedDictionary<string, string> Kafka { get; init; }

    /// <summary>The whole tree, for Microsoft.Extensions.Configuration (<see cref="HoconConfigurationSource"/>).</summary>
    public required HoconObject Root { get; init; }

    /// <summary>Akka's part, and what of ours its plugins read, in a form that Akka's own parser takes.</summary>
    public string ToAkkaHocon() => HoconRenderer.ToAkka(Root);
}

/// <param name="Name">Kafka's listener name.</param>
/// <param name="Host">Name or address to bind to; empty for all interfaces.</param>
/// <param name="Port">0 for any free port.</param>
/// <param name="AdvertisedHost">Where clients are told to connect.</param>
/// <param name="AdvertisedPort">0 where it is the port that is bound.</param>
public sealed record ListenerSettings(string Name, SecurityProtocol Protocol, string Host, int Port, string AdvertisedHost, int AdvertisedPort)
{
    public override string ToString() => $"{Name}://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";
}

/// <summary>The values are Kafka's.</summary>
public enum SecurityProtocol : short
{
    Plaintext = 0,
    Ssl = 1,
    SaslPlaintext = 2,
    SaslSsl = 3,
}

/// <param name="Port">0 for any free port.</param>
/// <param name="PublicPort">Null where it is the port that is bound.</param>
/// <param name="SeedNodes">host:port; empty for a node that joins itself.</param>
public sealed record ClusterSettings(string Name, string Host, int Port, string PublicHost, int? PublicPort, ImmutableArray<string> SeedNodes, TimeSpan JoinTimeout);

/// <param name="Drain">For requests in work when the listeners close.</param>
/// <param name="Flush">For logs to be flushed and closed.</param>
public sealed record ShutdownSettings(TimeSpan Drain, TimeSpan Flush);
