using StreamActors.Protocol;
using StreamActors.Storage.Tests.LogDirs;

namespace StreamActors.Storage.Tests.Files;

public sealed class FailingDiskTests
{
    [Fact]
    public void A_write_cut_short_is_taken_back_and_the_log_goes_on_when_there_is_room()
    {
        var disk = new FaultyDisk();
        using var fixture = new LogFixture(disk: disk);
        fixture.Append(Batches.OfProducer(1, 0, 0));
        disk.Room = 150;
        AppendItem[] items = [new(Batches.OfProducer(1, 0, 1)), new(Batches.OfProducer(1, 0, 2))];
        fixture.Log.Append(items, new LeaderEpoch(0), fixture.Now);
        Assert.All(items, item => Assert.Equal(ErrorCode.KafkaStorageError, item.Outcome.Error));
        Assert.Equal(1, fixture.Log.View.LogEndOffset.Value);
        Assert.False(fixture.Log.IsOffline);
        disk.Room = null;
        var retried = fixture.Append(Batches.OfProducer(1, 0, 1));
        Assert.Equal((ErrorCode.None, 1, false), (retried.Error, retried.BaseOffset.Value, retried.IsDuplicate));
        fixture.Crash();
        Assert.Equal(2, LogReading.Consume(fixture.Log.View, Isolation.LogEnd).Count);
    }

    [Fact]
    public void A_log_is_not_deleted_while_it_is_being_opened()
    {
        var disk = new FaultyDisk();
        using var fixture = new LogFixture(disk: disk);
        fixture.Append(Batches.Of(2));
        var tries = 0;
        string? deleted = null;
        disk.BeforeOpen = () =>
        {
            tries++;
            deleted ??= fixture.Directory.DeleteClosed(LogFixture.Partition, LogFixture.Topic, Guid.Empty);
        };
        fixture.Reopen();
        disk.BeforeOpen = null;
        Assert.True(tries > 0);
        Assert.Null(deleted);
        Assert.False(fixture.Directory.IsOffline);
        Assert.Equal(2, fixture.Log.View.LogEndOffset.Value);
        fixture.Log.Close(clean: true);
        Assert.NotNull(fixture.Directory.DeleteClosed(LogFixture.Partition, LogFixture.Topic, Guid.Empty));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(100)]
    public void A_disk_that_fills_up_while_a_segment_begins_is_survived(long room)
    {
        var disk = new FaultyDisk { LimitsAllFiles = true };
        using var fixture = new LogFixture(new LogConfig { SegmentBytes = 1000, IndexIntervalBytes = 100 }, disk);
        var sequence = 0;
        while (fixture.Log.View.Active.Size + Batches.OfProducer(1, 0, 0).Length <= 1000) fixture.Append(Batches.OfProducer(1, 0, sequence++));
        disk.Room = room;
        Assert.Equal(ErrorCode.KafkaStorageError, fixture.Append(Batches.OfProducer(1, 0, sequence)).Error);
        Assert.False(fixture.Log.IsOffline);
        disk.Room = null;
        Assert.Equal((ErrorCode.None, (long)sequence), (fixture.Append(Batches.OfProducer(1, 0, sequence)) is var outcome ? outcome.Error : default, outcome.BaseOffset.Value));
        Assert.Equal(2, fixture.Log.View.SegmentCount);
        fixture.Crash();
        Assert.Equal(sequence + 1, LogReading.Consume(fixture.Log.View, Isolation.LogEnd).Count);
    }

    [Fact]
    public void On_a_full_disk_retention_still_makes_room_and_a_stop_is_only_not_clean()
    {
        var disk = new FaultyDisk { LimitsAllFiles = true };
        using var fixture = new LogFixture(new LogConfig { SegmentBytes = 1000, RetentionBytes = 1000, FileDeleteDelayMs = 0 }, disk);
        for (var i = 0; i < 40; i++) fixture.Append(Batches.Of(2), epoch: i / 10);
        fixture.Commit();
        var size = fixture.Log.View.SizeInBytes;
        disk.Room = 0;
        Assert.True(fixture.Log.ApplyRetention(fixture.Now) > 0);
        Assert.True(fixture.Log.View.SizeInBytes < size);
        Assert.True(fixture.Log.View.Epochs.Entries[0].StartOffset == fixture.Log.View.LogStartOffset.Value);
        fixture.Log.Close(clean: true);
        Assert.False(fixture.Directory.IsOffline);
        disk.Room = null;
        var start = fixture.Log.View.LogStartOffset;
        fixture.Crash();
        Assert.Equal(start, fixture.Log.View.LogStartOffset);
        Assert.Equal(80, fixture.Log.View.LogEndOffset.Value);
        Assert.True(fixture.Log.Recovery.SegmentsChecked > 0);
    }

    [Fact]
    public void A_full_disk_that_cannot_take_the_checkpoints_of_a_stop_leaves_no_mark_of_a_clean_one()
    {
        var disk = new FaultyDisk { LimitsAllFiles = true };
        using var fixture = new LogFixture(disk: disk);
        fixture.Append(Batches.Of(2));
        fixture.Log.Close(clean: true);
        disk.Room = 0;
        fixture.Directory.Close(clean: true);
        Assert.False(fixture.Directory.IsOffline);
        Assert.False(File.Exists(Path.Combine(fixture.Directory.Path, ".kafka_cleanshutdown")));
    }

    [Fact]
    public void A_write_that_fails_for_any_other_reason_takes_the_folder_offline_at_once()
    {
        var disk = new FaultyDisk();
        using var fixture = new LogFixture(disk: disk);
        fixture.Append(Batches.Of(2));
        disk.FailsWrite = true;
        Assert.Equal(ErrorCode.KafkaStorageError, fixture.Append(Batches.Of(2)).Error);
        disk.FailsWrite = false;
        Assert.True(fixture.Log.IsOffline);
        Assert.Equal(ErrorCode.KafkaStorageError, fixture.Append(Batches.Of(2)).Error);
        Assert.Equal(2, fixture.Log.View.LogEndOffset.Value);
    }

    [Fact]
    public void Where_even_that_fails_the_folder_goes_offline_and_serves_what_was_written()
    {
        var disk = new FaultyDisk();
        using var fixture = new LogFixture(disk: disk);
        fixture.Append(Batches.Of(2));
        Exception? told = null;
        fixture.Directory.Failed += (_, exception) => told = exception;
        disk.Room = 10;
        disk.FailsTruncation = true;
        Assert.Equal(ErrorCode.KafkaStorageError, fixture.Append(Batches.Of(2)).Error);
        Assert.True(fixture.Log.IsOffline);
        Assert.NotNull(told);
        disk.Room = null;
        disk.FailsTruncation = false;
        Assert.Equal(ErrorCode.KafkaStorageError, fixture.Append(Batches.Of(2)).Error);
        Assert.Equal(2, LogReading.Consume(fixture.Log.View, Isolation.LogEnd).Count);
        fixture.Crash();
        Assert.Equal(2, fixture.Log.View.LogEndOffset.Value);
    }

    [Fact]
    public void A_failed_sync_takes_the_folder_offline_and_is_not_tried_again()
    {
        var disk = new FaultyDisk();
        using var fixture = new LogFixture(disk: disk);
        fixture.Append(Batches.Of(2));
        disk.FailsSync = true;
        Assert.Throws<IOException>(() => fixture.Log.Sync());
        disk.FailsSync = false;
        Assert.Throws<LogDirectoryOfflineException>(() => fixture.Log.Sync());
        Assert.Equal(0, fixture.Log.RecoveryPoint.Value);
        Assert.Equal(ErrorCode.KafkaStorageError, fixture.Append(Batches.Of(2)).Error);
    }
}
