using StreamActors.Protocol;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;
using StreamActors.Protocol.Tests.Records;
using StreamActors.Storage.Validation;

namespace StreamActors.Storage.Tests.Validation;

/// <summary>What a real broker answered to batches of all kinds, and where we differ from it on purpose.</summary>
public sealed class GoldenValidationTests
{
    // When the batches were sent to it.
    private static readonly TimestampMs Now = new(1_795_327_549_359);

    /// <summary>Refused by us. Kafka stores what its own consumers cannot read.</summary>
    private static readonly HashSet<string> StoredUnreadable = new(StringComparer.Ordinal)
    {
        "bad/record-length-highest-gzip", "bad/record-length-lowest-gzip", "bad/record-length-negative-gzip",
        "bad/record-length-one-less-gzip", "bad/record-length-one-more-gzip", "bad/record-length-zero-gzip",
    };

    public static TheoryData<string> Sent => GoldenBatches.Names(b => b.Broker is not null && !IsTheGatewaysAffair(b));

    [Theory]
    [MemberData(nameof(Sent))]
    public void Answers_what_the_reference_answers(string name)
    {
        var golden = GoldenBatches.Get(name);
        using var result = Validate(golden);
        Assert.Equal(Expected(golden), result.Error.KafkaName());
        if (result.Error != ErrorCode.None) Assert.NotEmpty(result.Message!);
        if (golden.Broker!.Value.TryGetProperty("recordErrors", out var errors))
            Assert.Equal(errors.EnumerateArray().Select(error => error.GetProperty("batchIndex").GetInt32()), result.RecordErrors.Select(error => error.BatchIndex));
    }

    [Theory]
    [MemberData(nameof(Sent))]
    public void Stores_what_the_reference_stores(string name)
    {
        var golden = GoldenBatches.Get(name);
        using var result = Validate(golden);
        if (result.Error != ErrorCode.None)
        {
            Assert.True(Expected(golden) != "NONE");
            return;
        }

        using var fixture = new LogFixture(Config(golden));
        fixture.Now = Now;
        var item = new AppendItem(result.Records);
        fixture.Log.Append([item], new LeaderEpoch(0), Now);
        Assert.Equal(ErrorCode.None, item.Outcome.Error);
        Assert.Equal(golden.Broker!.Value.GetProperty("endOffset").GetInt64(), fixture.Log.View.LogEndOffset.Value);
        var stored = fixture.Log.View.Read(Offset.Zero, 1 << 20, true, Isolation.LogEnd).Records.ToArray();
        Assert.True(new RecordBatch(stored).IsCrcValid);
        var expected = golden.Bytes.ToArray();
        if (golden.Broker.Value.GetProperty("stored").GetString() == "rewritten") expected = golden.Broker.Value.GetProperty("storedBytes").GetBytesFromBase64();
        else RecordBatchStamp.OffsetAndEpoch(expected, 0, 0);
        // The time of the append is another, and two encoders of gzip need not agree.
        if (Topic(golden) == "append-time") RecordBatchStamp.Timestamps(expected, TimestampType.LogAppendTime, Now.Value);
        if (Topic(golden) == "recompress" && result.IsRewritten) Assert.Equal(Payload(expected), Payload(stored));
        else Assert.Equal(expected, stored);
    }

    [Fact]
    public void No_records_at_all_are_refused_rather_than_left_without_an_answer() =>
        Assert.Equal(ErrorCode.InvalidRecord, RecordBatchValidator.Validate(default, LogConfig.Default, LogFixture.Partition, Now).Error);

    [Fact]
    public void What_grows_beyond_the_limit_is_too_large()
    {
        var bomb = GoldenBatches.Get("bad/bomb-zstd").Bytes.ToArray();
        using var result = RecordBatchValidator.Validate(bomb, LogConfig.Default, LogFixture.Partition, Now, maxDecompressed: 1 << 20);
        Assert.Equal(ErrorCode.MessageTooLarge, result.Error);
    }

    private static ValidationResult Validate(GoldenBatch golden) =>
        RecordBatchValidator.Validate(golden.Bytes.ToArray(), Config(golden), new TopicPartition(Topic(golden) ?? "topic", 0), Now);

    private static string Expected(GoldenBatch golden)
    {
        if (StoredUnreadable.Contains(golden.Name) || !golden.Broker!.Value.TryGetProperty("error", out var error)) return "INVALID_RECORD";
        if (error.GetString() != "UNKNOWN_SERVER_ERROR") return error.GetString()!;
        // Kafka's own failure over a client's bad bytes: ours to name. A length that no batch has is corruption, as it is elsewhere.
        return golden.Name.StartsWith("bad/cut-and-length-in", StringComparison.Ordinal) ? "CORRUPT_MESSAGE" : "INVALID_RECORD";
    }

    private static bool IsTheGatewaysAffair(GoldenBatch golden) =>
        golden.Broker!.Value.TryGetProperty("error", out var error)
        && error.GetString() is "TRANSACTIONAL_ID_AUTHORIZATION_FAILED" or "INVALID_PRODUCER_ID_MAPPING";

    private static string? Topic(GoldenBatch golden) =>
        golden.Broker!.Value.TryGetProperty("topic", out var topic) ? topic.GetString() : null;

    private static LogConfig Config(GoldenBatch golden) => Topic(golden) switch
    {
        "compacted" => new LogConfig { CleanupByCompaction = true, CleanupByDeletion = false },
        "small" => new LogConfig { MaxMessageBytes = 200 },
        "append-time" => new LogConfig { TimestampType = TimestampType.LogAppendTime },
        "recompress" => new LogConfig { Compression = CompressionCodec.Gzip },
        _ => LogConfig.Default,
    };

    private static byte[] Payload(byte[] batch)
    {
        Assert.Equal(BatchError.None, new RecordBatch(batch).Open(1 << 20, out var opened));
        using (opened) return opened.Payload.ToArray();
    }
}
