using System.Text.Json;
using StreamActors.Protocol;
using StreamActors.Protocol.Records;

namespace StreamActors.Storage.Tests.LogDirs;

/// <summary>Data folders of real brokers: stopped, crashed, and damaged.</summary>
public sealed class GoldenLogDirTests
{
    // A time at which no producer of the golden data has been silent for long.
    private static readonly TimestampMs Then = new(1_700_000_000_000);

    // A time at which those of 2023 have: recovered listings were taken in 2026.
    private static readonly TimestampMs Later = new(1_795_327_700_000);

    [Fact]
    public void After_a_clean_stop_shows_all_that_clients_saw_and_checks_nothing()
    {
        using var golden = new GoldenLogDir("logdir");
        var directory = golden.Open();
        Assert.True(directory.WasStoppedCleanly);
        foreach (var (partition, id, config, expected) in golden.Partitions())
        {
            var log = directory.OpenLog(partition, id, config, Then);
            Assert.Equal(new(0, 0, 0), log.Recovery);
            Assert.Equal(log.View.LogEndOffset, log.View.HighWatermark);
            AssertOffsets(partition, expected, log.View, expected.GetProperty("endOffset").GetInt64());
            Assert.Equal(expected.GetProperty("lastStableOffset").GetInt64(), log.View.LastStableOffset.Value);
            AssertEpochs(expected, log.View, before: int.MaxValue);
            AssertProducers(expected, log);
            AssertRecords(expected, log.View, log.View.LogEndOffset.Value);
            AssertMaxTimestamp(expected, log.View, partition);
        }
    }

    [Theory]
    [InlineData("logdir-crashed")]
    [InlineData("logdir-damaged")]
    public void After_a_crash_recovers_what_the_reference_recovers(string name)
    {
        using var golden = new GoldenLogDir(name);
        var directory = golden.Open();
        Assert.False(directory.WasStoppedCleanly);
        foreach (var (partition, id, config, expected) in golden.Partitions())
        {
            if (name == "logdir-damaged" && partition is { Topic: "plain", Partition: 11 })
            {
                // Where partition.metadata is gone the reference begins with an empty log, and its records are out of everybody's sight.
                Assert.Throws<PartitionFolderDamagedException>(() => directory.OpenLog(partition, id, config, Later));
                continue;
            }

            var log = directory.OpenLog(partition, id, config, Later);
            // The recovered broker then appended with its own epoch, 2, before the listing was taken.
            var recovered = expected.GetProperty("leaderEpochs").EnumerateArray()
                .Where(epoch => epoch.GetProperty("epoch").GetInt32() == 2).Select(epoch => epoch.GetProperty("startOffset").GetInt64()).Single();
            Assert.True(recovered == log.View.LogEndOffset.Value, $"{partition}: {log.View.LogEndOffset} instead of {recovered}");
            log.AdvanceHighWatermark(log.View.LogEndOffset);
            AssertOffsets(partition, expected, log.View, recovered);
            AssertEpochs(expected, log.View, before: 2);
            AssertRecords(expected, log.View, recovered, wasCleanedLater: config.CleanupByCompaction);
            Assert.True(log.View.LastStableOffset.Value <= expected.GetProperty("lastStableOffset").GetInt64());
            if (partition.Topic == "transactional") Assert.Contains(log.Producers, producer => producer.TransactionStart == log.View.LastStableOffset);
            if (partition.Topic == "plain" || partition.Topic == "compacted") Assert.Empty(log.Producers);
        }
    }

    [Fact]
    public void A_log_that_was_closed_opens_again_as_it_was_without_a_check()
    {
        using var golden = new GoldenLogDir("logdir-crashed");
        var directory = golden.Open();
        foreach (var (partition, id, config, _) in golden.Partitions())
        {
            var before = directory.OpenLog(partition, id, config, Then);
            before.AdvanceHighWatermark(before.View.LogEndOffset);
            var producers = before.Producers;
            before.Close(clean: true);
            var again = directory.OpenLog(partition, id, config, Then);
            Assert.Equal(new(0, 0, 0), again.Recovery);
            Assert.Equal(before.View.LogEndOffset, again.View.LogEndOffset);
            Assert.Equal(before.View.LastStableOffset, again.View.LastStableOffset);
            Assert.Equal(before.View.Epochs.Entries.AsEnumerable(), again.View.Epochs.Entries);
            Assert.Equal(producers.OrderBy(p => p.ProducerId.Value), again.Producers.OrderBy(p => p.ProducerId.Value));
            again.Close(clean: true);
        }

        directory.Close(clean: true);
        Assert.True(golden.Open().WasStoppedCleanly);
    }

    private static void AssertOffsets(TopicPartition partition, JsonElement expected, LogView view, long end)
    {
        Assert.True(expected.GetProperty("logStartOffset").GetInt64() == view.LogStartOffset.Value, $"{partition} starts at {view.LogStartOffset}");
        Assert.True(end == view.LogEndOffset.Value, $"{partition} ends at {view.LogEndOffset}");
    }

    private static void AssertEpochs(JsonElement expected, LogView view, int before)
    {
        var epochs = expected.GetProperty("leaderEpochs").EnumerateArray()
            .Select(epoch => (epoch.GetProperty("epoch").GetInt32(), epoch.GetProperty("startOffset").GetInt64()))
            .Where(epoch => epoch.Item1 < before && epoch.Item2 <= view.LogEndOffset.Value);
        Assert.Equal(epochs, view.Epochs.Entries.Select(epoch => (epoch.Epoch, epoch.StartOffset)));
    }

    private static void AssertProducers(JsonElement expected, PartitionLog log)
    {
        var producers = expected.GetProperty("producers").EnumerateArray().Select(producer => (
            producer.GetProperty("id").GetInt64(),
            producer.GetProperty("epoch").GetInt32(),
            producer.GetProperty("lastSequence").GetInt32(),
            producer.GetProperty("lastTimestamp").GetInt64(),
            producer.TryGetProperty("coordinatorEpoch", out var epoch) ? epoch.GetInt32() : -1,
            producer.TryGetProperty("transactionStartOffset", out var start) ? start.GetInt64() : -1L));
        Assert.Equal(producers.Order(), log.Producers.Select(p => (
            p.ProducerId.Value, (int)p.Epoch, p.LastSequence, p.LastTimestamp.Value, p.CoordinatorEpoch, p.TransactionStart.Value)).Order());
    }

    private static void AssertMaxTimestamp(JsonElement expected, LogView view, TopicPartition partition)
    {
        var offset = expected.GetProperty("maxTimestamp").GetProperty("offset").GetInt64();
        // The reference may answer -1 for what its cleaner has been through.
        if (offset < 0) return;
        var found = view.MaxTimestamp();
        // It also tells of records that were deleted; ours are those that can be read.
        if (offset < view.LogStartOffset.Value)
        {
            Assert.Null(found);
            return;
        }

        Assert.True(offset == found?.Offset.Value, $"{partition}: {found} instead of {expected.GetProperty("maxTimestamp")}");
        Assert.Equal(expected.GetProperty("maxTimestamp").GetProperty("timestamp").GetInt64(), found.Value.Timestamp.Value);
    }

    private static void AssertRecords(JsonElement expected, LogView view, long end, bool wasCleanedLater = false)
    {
        var records = expected.GetProperty("records").EnumerateArray().Where(record => record.GetProperty("offset").GetInt64() < end).ToList();
        foreach (var maxBytes in new[] { 1 << 20, 700 })
        {
            var seen = LogReading.Consume(view, Isolation.Uncommitted, maxBytes);
            // The broker that recovered also compacted before its clients looked: what they saw must be there.
            if (wasCleanedLater) seen.RemoveAll(record => !records.Exists(golden => golden.GetProperty("offset").GetInt64() == record.Record.Offset.Value));
            Assert.Equal(records.Count, seen.Count);
            foreach (var (golden, record) in records.Zip(seen)) AssertRecord(golden, record);
        }

        // A transaction whose end was under way when the broker was killed was completed after the recovery.
        var stable = Math.Min(end, view.LastStableOffset.Value);
        var committed = expected.GetProperty("committedOffsets").EnumerateArray().Select(offset => offset.GetInt64()).Where(offset => offset < stable).ToList();
        foreach (var maxBytes in wasCleanedLater ? [] : new[] { 1 << 20, 700 })
            Assert.Equal(committed, LogReading.Consume(view, Isolation.Committed, maxBytes).Select(record => record.Record.Offset.Value));
    }

    private static void AssertRecord(JsonElement expected, SeenRecord seen)
    {
        Assert.Equal(expected.GetProperty("offset").GetInt64(), seen.Record.Offset.Value);
        Assert.Equal(expected.GetProperty("timestamp").GetInt64(), seen.Record.Timestamp.Value);
        Assert.Equal(expected.GetProperty("timestampType").GetString(), seen.TimestampType.ToString());
        Assert.Equal(expected.GetProperty("leaderEpoch").GetInt32(), seen.LeaderEpoch);
        Assert.Equal(Bytes(expected.GetProperty("key")), seen.Record.Key?.ToArray());
        Assert.Equal(Bytes(expected.GetProperty("value")), seen.Record.Value?.ToArray());
        Assert.Equal(expected.GetProperty("headers").GetArrayLength(), seen.Record.Headers.Count);
    }

    private static byte[]? Bytes(JsonElement bytes) => bytes.ValueKind == JsonValueKind.Null ? null : bytes.GetBytesFromBase64();
}
