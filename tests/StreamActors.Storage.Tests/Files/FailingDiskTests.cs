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
