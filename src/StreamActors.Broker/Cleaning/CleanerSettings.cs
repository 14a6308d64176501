using StreamActors.Cluster.Configs;
using StreamActors.Storage.Compaction;

namespace StreamActors.Broker.Cleaning;

/// <summary>A broker's settings for the compaction of its logs, <c>log.cleaner.*</c>.</summary>
internal sealed record CleanerSettings
{
    public required bool IsEnabled { get; init; }

    public required int Threads { get; init; }

    public required TimeSpan Backoff { get; init; }

    /// <summary>Of one cleaner; all together read and write no more than <c>log.cleaner.io.max.bytes.per.second</c>.</summary>
    public required double MaxBytesPerSecond { get; init; }

    /// <summary>Of one cleaner.</summary>
    public required CleanerLimits Limits { get; init; }

    public static CleanerSettings Of(BrokerConfigLayers layers)
    {
        var values = ConfigValues.OfBroker(layers);
        var threads = values.Int("log.cleaner.threads");
        var share = Math.Max(threads, 1);
        return new CleanerSettings
        {
            IsEnabled = values.Boolean("log.cleaner.enable") && threads > 0,
            Threads = threads,
            Backoff = TimeSpan.FromMilliseconds(Math.Clamp(values.Long("log.cleaner.backoff.ms"), 10, int.MaxValue)),
            MaxBytesPerSecond = values.Double("log.cleaner.io.max.bytes.per.second") / share,
            Limits = new CleanerLimits(
                values.Long("log.cleaner.dedupe.buffer.size") / share,
                Math.Clamp(values.Double("log.cleaner.io.buffer.load.factor"), 0.01, 0.99),
                // Half of Kafka's buffer is for reading.
                Math.Max(values.Int("log.cleaner.io.buffer.size") / share / 2, 4096)),
        };
    }
}
