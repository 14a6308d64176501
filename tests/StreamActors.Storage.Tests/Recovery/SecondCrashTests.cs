using System.Buffers.Binary;
using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Checkpoints;
using StreamActors.Storage.Files;
using StreamActors.Storage.Recovery;
using StreamActors.Storage.Tests.Files;
using StreamActors.Storage.Tests.LogDirs;

namespace StreamActors.Storage.Tests.Recovery;

/// <summary>A fault that meets what another has left: each of these lost records once, or showed what was none, in the simulation of logs.</summary>
public sealed class SecondCrashTests
{
    private static readonly int BatchSize = Batches.Of(2).Length;

    [Fact]
    public void A_log_that_was_cut_below_its_recovery_point_says_so_before_anything_follows()
    {
        using var fixture = new LogFixture();
        for (var batch = 0; batch < 10; batch++) fixture.Append(Batches.Of(2));
        fixture.Log.Sync();
        fixture.Crash(folder => Cut(FirstLog(folder), 6 * BatchSize));
        Assert.Equal(12, fixture.Log.View.LogEndOffset.Value);
        Assert.Equal(20, RecoveryPoint(fixture));
        fixture.Append(Batches.Of(2));
        Assert.Equal(12, RecoveryPoint(fixture));
        fixture.Log.Sync();
        fixture.Directory.WriteCheckpoints();
        Assert.Equal(14, RecoveryPoint(fixture));
        fixture.Log.TruncateTo(new Offset(4));
        fixture.Reopen();
        Assert.Equal(14, RecoveryPoint(fixture));
        fixture.Append(Batches.Of(2));
        Assert.Equal(4, RecoveryPoint(fixture));
    }

    [Fact]
    public void Where_that_cannot_be_written_down_nothing_is_appended_until_it_can()
    {
        var disk = new FaultyDisk();
        using var fixture = new LogFixture(disk: disk);
        for (var batch = 0; batch < 10; batch++) fixture.Append(Batches.Of(2));
        fixture.Log.Sync();
        fixture.Crash(folder => Cut(FirstLog(folder), 6 * BatchSize));
        (disk.Room, disk.LimitsAllFiles) = (0, true);
        Assert.Equal(ErrorCode.KafkaStorageError, fixture.Append(Batches.Of(2)).Error);
        Assert.False(fixture.Log.IsOffline);
        disk.Room = null;
        Assert.Equal(12, fixture.Append(Batches.Of(2)).BaseOffset.Value);
        Assert.Equal(12, RecoveryPoint(fixture));
    }

    [Fact]
    public void A_log_that_no_checkpoint_knows_and_nobody_has_opened_is_not_clean_because_the_process_stops_in_order()
    {
        using var folder = new TempFolder();
        LeaveLog(folder);

        Open(folder).Close(clean: true);

        var directory = Open(folder);
        var log = OpenLog(directory);
        Assert.Equal(1, log.Recovery.SegmentsChecked);
        log.Close(clean: true);
        directory.Close(clean: true);
        directory = Open(folder);
        log = OpenLog(directory);
        Assert.Equal(0, log.Recovery.SegmentsChecked);
        log.Close(clean: false);
        directory.Close(clean: false);
    }

    [Fact]
    public void A_log_whose_opening_a_full_disk_has_ended_is_checked_again()
    {
        using var folder = new TempFolder();
        var disk = new FaultyDisk();
        LeaveLog(folder, isRolled: true);

        var directory = Open(folder, disk);
        (disk.Room, disk.LimitsAllFiles) = (0, true);
        Assert.True(DiskFull.IsCause(Assert.Throws<IOException>(() => OpenLog(directory))));
        disk.Room = null;
        directory.Close(clean: true);

        directory = Open(folder, disk);
        var log = OpenLog(directory);
        Assert.Equal(2, log.Recovery.SegmentsChecked);
        log.Close(clean: false);
        directory.Close(clean: false);
    }

    [Fact]
    public void A_damaged_partition_metadata_beside_an_interrupted_swap_does_not_hide_its_records()
    {
        using var folder = new TempFolder();
        var left = LeaveLog(folder);
        var path = FirstLog(left);
        File.Move(path, path + ".swap");
        File.WriteAllText(Path.Combine(left, "partition.metadata"), "damaged");

        var directory = Open(folder);
        Assert.Throws<PartitionFolderDamagedException>(() => OpenLog(directory));
        Assert.True(File.Exists(path + ".swap"));
        directory.Close(clean: false);
    }

    [Fact]
    public void Behind_damage_at_a_segments_end_what_was_lost_unsynced_leaves_no_hole()
    {
        using var fixture = new LogFixture();
        for (var batch = 0; batch < 4; batch++) fixture.Append(Batches.Of(2));
        fixture.Log.Sync();
        fixture.Commit();
        for (var batch = 0; batch < 3; batch++) fixture.Append(Batches.Of(2));
        fixture.Log.Roll(fixture.Now);
        fixture.Append(Batches.Of(2));
        fixture.Crash(folder =>
        {
            Flip(FirstLog(folder), (3 * BatchSize) + 70);
            Cut(FirstLog(folder), 4 * BatchSize);
        });
        Assert.Equal(new DamagedRange(new Offset(6), new Offset(8)), Assert.Single(fixture.Log.View.DamagedOffsets));
        Assert.Equal(8, fixture.Log.View.LogEndOffset.Value);
        Assert.Equal(8, fixture.Append(Batches.Of(2)).BaseOffset.Value);
        Assert.Equal([8, 9], LogReading.Offsets(Read(fixture, 8)));
        fixture.Crash();
        Assert.Equal([8, 9], LogReading.Offsets(Read(fixture, 8)));
    }

    [Fact]
    public void What_a_full_disk_had_cut_off_is_durably_gone_with_the_next_sync()
    {
        var disk = new FaultyDisk();
        using var fixture = new LogFixture(disk: disk);
        fixture.Append(Batches.Of(2));
        fixture.Log.Sync();
        disk.Room = 30;
        Assert.Equal(ErrorCode.KafkaStorageError, fixture.Append(Batches.Of(2)).Error);
        disk.Room = null;
        var before = disk.Syncs;
        fixture.Log.Sync();
        Assert.Equal(1, disk.Syncs - before);
        fixture.Log.Sync();
        Assert.Equal(1, disk.Syncs - before);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_first_offset_that_has_jumped_is_not_believed_where_nothing_is_compacted(bool isClean)
    {
        using var fixture = new LogFixture();
        for (var batch = 0; batch < 4; batch++) fixture.Append(Batches.Of(2));
        if (isClean) fixture.Log.Close(clean: true);
        fixture.Crash(folder => Overwrite(FirstLog(folder), (3 * BatchSize) + 4, [0x40, 0, 0, 0]));
        Assert.Equal(6, fixture.Log.View.LogEndOffset.Value);
    }

    [Fact]
    public void An_epoch_that_rots_does_not_fence_its_producer()
    {
        using var fixture = new LogFixture();
        fixture.Append(Batches.OfProducer(7, epoch: 0, sequence: 0));
        fixture.Append(Batches.OfProducer(7, epoch: 0, sequence: 1));
        fixture.Log.Roll(fixture.Now);
        fixture.Append(Batches.Of(1));
        fixture.Log.Sync();
        fixture.Log.Close(clean: true);
        fixture.Crash(folder =>
        {
            foreach (var snapshot in Directory.GetFiles(folder, "*.snapshot")) File.Delete(snapshot);
            Flip(FirstLog(folder), Batches.OfProducer(7, 0, 0).Length + 51);
        });
        Assert.Equal(0, Assert.Single(fixture.Log.Producers).Epoch);
        Assert.Equal(ErrorCode.None, fixture.Append(Batches.OfProducer(7, epoch: 0, sequence: 1)).Error);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(9)]
    public void A_last_offset_that_rots_does_not_hide_a_record(int offset)
    {
        using var fixture = new LogFixture();
        for (var batch = 0; batch < 5; batch++) fixture.Append(Batches.Of(2));
        fixture.Log.Roll(fixture.Now);
        fixture.Append(Batches.Of(2));
        fixture.Commit();
        fixture.Log.Close(clean: true);
        fixture.Crash(folder => Flip(FirstLog(folder), (offset / 2 * BatchSize) + 26));
        Assert.Equal(ErrorCode.CorruptMessage, Read(fixture, offset).Error);
        Assert.Equal(offset == 3 ? [4, 5, 6, 7, 8, 9] : [10, 11], LogReading.Offsets(Read(fixture, offset + 1)));
    }

    [Fact]
    public void A_read_ends_with_a_whole_batch_whatever_the_index_says()
    {
        using var fixture = new LogFixture(new LogConfig { IndexIntervalBytes = 0 });
        for (var batch = 0; batch < 10; batch++) fixture.Append(Batches.Of(2));
        fixture.Log.Roll(fixture.Now);
        fixture.Append(Batches.Of(2));
        fixture.Log.Close(clean: true);
        var index = FirstLog(fixture.LogFolder).Replace(".log", ".index", StringComparison.Ordinal);
        var entries = File.ReadAllBytes(index);
        for (var at = 8; at < entries.Length - 8; at += 8) BinaryPrimitives.WriteInt32BigEndian(entries.AsSpan(at + 4), BinaryPrimitives.ReadInt32BigEndian(entries.AsSpan(at + 4)) + 7);
        File.WriteAllBytes(index, entries);
        fixture.Crash();
        for (var maxBytes = BatchSize; maxBytes < 9 * BatchSize; maxBytes += 13)
        {
            var read = Read(fixture, 0, maxBytes);
            Assert.Equal(maxBytes / BatchSize * 2, LogReading.Offsets(read).Count);
            Assert.Equal(maxBytes / BatchSize * BatchSize, read.Records.Length);
        }
    }

    private static LogDirectory Open(TempFolder folder, IDisk? disk = null) => LogDirectory.Open(disk ?? PhysicalDisk.Instance, folder.Path, new BrokerId(1), new Guid(9, 9, 9, new byte[8]));

    private static PartitionLog OpenLog(LogDirectory directory) => directory.OpenLog(LogFixture.Partition, LogFixture.Topic, LogConfig.Default, new TimestampMs(1000));

    /// <summary>Leaves a log with a batch that no checkpoint knows, as a process does that is killed. Returns its folder.</summary>
    private static string LeaveLog(TempFolder folder, bool isRolled = false)
    {
        var directory = Open(folder);
        var log = OpenLog(directory);
        log.Append([new AppendItem(Batches.Of(2))], new LeaderEpoch(0), new TimestampMs(1000));
        if (isRolled) log.Roll(new TimestampMs(1000));
        log.Close(clean: false);
        directory.Close(clean: false);
        return log.Folder;
    }

    private static LogReadResult Read(LogFixture fixture, long offset, int maxBytes = 1 << 20) =>
        fixture.Log.View.Read(new Offset(offset), maxBytes, minOneBatch: true, Isolation.LogEnd);

    private static long RecoveryPoint(LogFixture fixture) =>
        OffsetCheckpoint.Read(PhysicalDisk.Instance, Path.Combine(fixture.Directory.Path, "recovery-point-offset-checkpoint"))[LogFixture.Partition].Value;

    private static string FirstLog(string folder) => Directory.GetFiles(folder, "*.log").Min(StringComparer.Ordinal)!;

    private static void Cut(string path, long size)
    {
        using var file = File.OpenWrite(path);
        file.SetLength(size);
    }

    private static void Flip(string path, int position) => Overwrite(path, position, [(byte)(File.ReadAllBytes(path)[position] ^ 1)]);

    private static void Overwrite(string path, int position, byte[] bytes)
    {
        using var file = File.OpenWrite(path);
        file.Position = position;
        file.Write(bytes);
    }
}
