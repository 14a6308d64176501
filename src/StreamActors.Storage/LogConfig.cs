using System.Globalization;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;

namespace StreamActors.Storage;

/// <summary>The settings of a topic that its logs obey, under Kafka's names and with Kafka's defaults.</summary>
public sealed record LogConfig
{
    public static readonly LogConfig Default = new();

    public int SegmentBytes { get; init; } = 1 << 30;

    public long SegmentMs { get; init; } = 604_800_000;

    /// <summary>The most that is taken off <see cref="SegmentMs"/>, so that partitions do not all begin segments at once.</summary>
    public long SegmentJitterMs { get; init; }

    public int SegmentIndexBytes { get; init; } = 10 << 20;

    public int IndexIntervalBytes { get; init; } = 4096;

    public bool Preallocate { get; init; }

    /// <summary>Whether records are synced before anybody is told of them: for each topic <c>flush.acknowledge</c>, or <c>flush.messages=1</c>.</summary>
    public bool SyncsBeforeAnswer => FlushAcknowledge || FlushMessages <= 1;

    public bool FlushAcknowledge { get; init; }

    public long FlushMessages { get; init; } = long.MaxValue;

    public long FlushMs { get; init; } = long.MaxValue;

    /// <summary>-1: no limit.</summary>
    public long RetentionMs { get; init; } = 604_800_000;

    /// <summary>-1: no limit.</summary>
    public long RetentionBytes { get; init; } = -1;

    public long FileDeleteDelayMs { get; init; } = 60_000;

    public bool CleanupByDeletion { get; init; } = true;

    public bool CleanupByCompaction { get; init; }

    /// <summary>A record stays for so long before compaction may take it.</summary>
    public long MinCompactionLagMs { get; init; }

    /// <summary>After so long a record is due to be compacted, however few there are.</summary>
    public long MaxCompactionLagMs { get; init; } = long.MaxValue;

    public double MinCleanableDirtyRatio { get; init; } = 0.5;

    /// <summary>How long tombstones and transaction markers stay after a compaction has found them to be of no more use.</summary>
    public long DeleteRetentionMs { get; init; } = 86_400_000;

    /// <summary>How old the first record of the active segment may become: what compaction is to take in time has to be sealed by then.</summary>
    public long LongestSegmentMs => CleanupByCompaction ? Math.Min(SegmentMs, MaxCompactionLagMs) : SegmentMs;

    public int MaxMessageBytes { get; init; } = 1_048_588;

    /// <summary>The codec that batches are stored with; null for the producer's own (<c>compression.type=producer</c>).</summary>
    public CompressionCodec? Compression { get; init; }

    public int GzipLevel { get; init; } = -1;

    public int Lz4Level { get; init; } = 9;

    public int ZstdLevel { get; init; } = 3;

    public TimestampType TimestampType { get; init; } = TimestampType.CreateTime;

    public long TimestampBeforeMaxMs { get; init; } = long.MaxValue;

    public long TimestampAfterMaxMs { get; init; } = 3_600_000;

    /// <summary>A setting of the broker: how long a producer that writes nothing is remembered (<c>producer.id.expiration.ms</c>).</summary>
    public long ProducerIdExpirationMs { get; init; } = 86_400_000;

    public int? LevelOf(CompressionCodec codec) => codec switch
    {
        CompressionCodec.Gzip => GzipLevel,
        CompressionCodec.Lz4 => Lz4Level,
        CompressionCodec.Zstd => ZstdLevel,
        _ => null,
    };

    /// <summary>Reads topic settings; those that are absent have their defaults. The values were validated when they were set.</summary>
    public static LogConfig Parse(IReadOnlyDictionary<string, string> settings)
    {
        var policies = Text("cleanup.policy", "delete").Split(',', StringSplitOptions.TrimEntries);
        return new LogConfig
        {
            SegmentBytes = (int)Number("internal.segment.bytes", Number("segment.bytes", Default.SegmentBytes)),
            SegmentMs = Number("segment.ms", Default.SegmentMs),
            SegmentJitterMs = Number("segment.jitter.ms", Default.SegmentJitterMs),
            SegmentIndexBytes = (int)Number("segment.index.bytes", Default.SegmentIndexBytes),
            IndexIntervalBytes = (int)Number("index.interval.bytes", Default.IndexIntervalBytes),
            Preallocate = IsTrue("preallocate"),
            FlushAcknowledge = IsTrue("flush.acknowledge"),
            FlushMessages = Number("flush.messages", Default.FlushMessages),
            FlushMs = Number("flush.ms", Default.FlushMs),
            RetentionMs = Number("retention.ms", Default.RetentionMs),
            RetentionBytes = Number("retention.bytes", Default.RetentionBytes),
            FileDeleteDelayMs = Number("file.delete.delay.ms", Default.FileDeleteDelayMs),
            CleanupByDeletion = policies.Contains("delete", StringComparer.Ordinal),
            CleanupByCompaction = policies.Contains("compact", StringComparer.Ordinal),
            MinCompactionLagMs = Number("min.compaction.lag.ms", Default.MinCompactionLagMs),
            MaxCompactionLagMs = Number("max.compaction.lag.ms", Default.MaxCompactionLagMs),
            MinCleanableDirtyRatio = double.Parse(
                Text("min.cleanable.dirty.ratio", Default.MinCleanableDirtyRatio.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture),
            DeleteRetentionMs = Number("delete.retention.ms", Default.DeleteRetentionMs),
            MaxMessageBytes = (int)Number("max.message.bytes", Default.MaxMessageBytes),
            Compression = ParseCodec(Text("compression.type", "producer")),
            GzipLevel = (int)Number("compression.gzip.level", Default.GzipLevel),
            Lz4Level = (int)Number("compression.lz4.level", Default.Lz4Level),
            ZstdLevel = (int)Number("compression.zstd.level", Default.ZstdLevel),
            TimestampType = Enum.Parse<TimestampType>(Text("message.timestamp.type", "CreateTime")),
            TimestampBeforeMaxMs = Number("message.timestamp.before.max.ms", Default.TimestampBeforeMaxMs),
            TimestampAfterMaxMs = Number("message.timestamp.after.max.ms", Default.TimestampAfterMaxMs),
            ProducerIdExpirationMs = Number("producer.id.expiration.ms", Default.ProducerIdExpirationMs),
        };

        string Text(string name, string otherwise) => settings.TryGetValue(name, out var value) ? value : otherwise;
        bool IsTrue(string name) => string.Equals(Text(name, "false"), "true", StringComparison.OrdinalIgnoreCase);
        long Number(string name, long otherwise) =>
            settings.TryGetValue(name, out var value) ? long.Parse(value, CultureInfo.InvariantCulture) : otherwise;
    }

    private static CompressionCodec? ParseCodec(string type) => type switch
    {
        "producer" => null,
        "uncompressed" => CompressionCodec.None,
        _ => Enum.Parse<CompressionCodec>(type, ignoreCase: true),
    };
}
