using StreamActors.Protocol;

namespace StreamActors.Storage.Tests;

public class RetentionTests
{
    private static readonly LogConfig Small = LogConfig.Default with { SegmentBytes = 300, RetentionMs = 10_000 };

    [Fact]
    public void Old_segments_go_the_rest_stays()
    {
        using var fixture = Filled(Small);
        var due = fixture.Log.RetentionDueMs!.Value;
        Assert.Equal(0, fixture.Log.ApplyRetention(new TimestampMs(due - 1)));
        Assert.True(fixture.Log.ApplyRetention(new TimestampMs(due)) > 0);
        Assert.True(fixture.Log.RetentionDueMs > due);
        Assert.InRange(fixture.Log.View.LogStartOffset.Value, 1, 9);
    }

    [Fact]
    public void The_last_segment_goes_when_all_of_it_is_old_and_committed()
    {
        using var fixture = Filled(Small);
        fixture.Log.ApplyRetention(new TimestampMs(1_000_000));
        Assert.Equal(10, fixture.Log.View.LogStartOffset.Value);
        Assert.Equal(1, fixture.Log.View.SegmentCount);
        Assert.Null(fixture.Log.RetentionDueMs);
        fixture.Append(Batches.Of(1));
        fixture.Log.ApplyRetention(new TimestampMs(1_000_000));
        Assert.Equal(10, fixture.Log.View.LogStartOffset.Value);
    }

    [Fact]
    public void A_closed_log_says_when_it_is_due_as_it_did_when_it_was_open()
    {
        using var fixture = Filled(Small);
        var due = fixture.Log.RetentionDueMs;
        Assert.Null(fixture.Directory.RetentionDueMs(LogFixture.Partition, Small));
        fixture.Log.Close(clean: true);
        Assert.Equal(due, fixture.Directory.RetentionDueMs(LogFixture.Partition, Small));
        Assert.Null(fixture.Directory.RetentionDueMs(LogFixture.Partition, Small with { RetentionMs = -1 }));
        Assert.Null(fixture.Directory.RetentionDueMs(LogFixture.Partition, Small with { CleanupByDeletion = false }));
        Assert.Equal(0, fixture.Directory.RetentionDueMs(LogFixture.Partition, Small with { RetentionMs = -1, RetentionBytes = 400 }));
        Assert.Null(fixture.Directory.RetentionDueMs(LogFixture.Partition, Small with { RetentionMs = -1, RetentionBytes = 100_000 }));
        Assert.Null(fixture.Directory.RetentionDueMs(new TopicPartition("unknown", 0), Small));
    }

    [Fact]
    public void A_closed_log_with_records_before_its_start_or_without_an_index_is_due_at_once()
    {
        var config = Small with { RetentionMs = -1 };
        using var fixture = Filled(config);
        fixture.Log.DeleteRecords(new Offset(9));
        fixture.Log.Close(clean: true);
        Assert.Equal(0, fixture.Directory.RetentionDueMs(LogFixture.Partition, config));
        foreach (var index in Directory.EnumerateFiles(fixture.LogFolder, "*.timeindex")) File.Delete(index);
        Assert.Equal(0, fixture.Directory.RetentionDueMs(LogFixture.Partition, Small));
    }

    [Fact]
    public void Records_without_timestamps_are_as_old_as_their_file()
    {
        using var fixture = new LogFixture(Small);
        for (var batch = 0; batch < 10; batch++) fixture.Append(Batches.Of(1, timestamp: -1));
        fixture.Commit();
        var written = TimestampMs.Of(DateTimeOffset.UtcNow);
        var due = fixture.Log.RetentionDueMs!.Value;
        Assert.InRange(due, written.Value - 60_000, written.Value + 60_000);
        Assert.Equal(0, fixture.Log.ApplyRetention(new TimestampMs(due - 1)));
        Assert.True(fixture.Log.ApplyRetention(new TimestampMs(due)) > 0);
        fixture.Log.ApplyRetention(new TimestampMs(due + 120_000));
        Assert.Equal(10, fixture.Log.View.LogStartOffset.Value);
        fixture.Append(Batches.Of(1, timestamp: -1));
        due = fixture.Log.RetentionDueMs!.Value;
        fixture.Log.Close(clean: true);
        Assert.Equal(due, fixture.Directory.RetentionDueMs(LogFixture.Partition, Small));
    }

    [Fact]
    public void A_log_that_was_left_open_is_to_be_looked_at_at_once()
    {
        using var fixture = Filled(Small with { RetentionMs = -1 });
        fixture.Log.Close(clean: false);
        Assert.Equal(0, fixture.Directory.RetentionDueMs(LogFixture.Partition, fixture.Config));
    }

    [Fact]
    public void A_closed_log_leaves_no_deleted_files()
    {
        using var fixture = Filled(Small);
        Assert.True(fixture.Log.ApplyRetention(new TimestampMs(1_000_000)) > 0);
        Assert.NotEmpty(Directory.EnumerateFiles(fixture.LogFolder, "*.deleted"));
        fixture.Log.Close(clean: true);
        Assert.Empty(Directory.EnumerateFiles(fixture.LogFolder, "*.deleted"));
    }

    [Fact]
    public void A_deleted_partition_is_renamed_first_and_its_name_is_free()
    {
        using var fixture = Filled(Small);
        fixture.Log.Close(clean: true);
        var doomed = fixture.Directory.Delete(LogFixture.Partition, new Guid(6, 6, 6, new byte[8]))!;
        Assert.EndsWith("-delete", doomed, StringComparison.Ordinal);
        Assert.NotEmpty(Directory.EnumerateFiles(doomed));
        Assert.False(Directory.Exists(fixture.LogFolder));
        Assert.Empty(fixture.Directory.FindPartitions());
        fixture.Directory.Remove(doomed);
        Assert.False(Directory.Exists(doomed));
        fixture.Directory.Remove(doomed);
    }

    private static LogFixture Filled(LogConfig config)
    {
        var fixture = new LogFixture(config);
        for (var batch = 0; batch < 10; batch++) fixture.Append(Batches.Of(1, 1000 + 1000 * batch));
        fixture.Commit();
        return fixture;
    }
}
