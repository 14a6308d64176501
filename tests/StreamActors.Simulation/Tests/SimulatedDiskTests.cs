using System.Text;
using StreamActors.Simulation.Disk;
using StreamActors.Simulation.Engine;
using StreamActors.Storage.Files;

namespace StreamActors.Simulation.Tests;

public sealed class SimulatedDiskTests
{
    private readonly Counters counters = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Synced_bytes_under_synced_names_survive_any_crash(int style)
    {
        for (var seed = 1UL; seed <= 50; seed++)
        {
            var disk = NewDisk(seed);
            Write(disk, "/data/a", 0, "kept");
            Sync(disk, "/data/a");
            disk.SyncDirectory("/data");
            Write(disk, "/data/a", 4, new string('x', 2000));
            disk.Crash((CrashStyle)style);
            Assert.StartsWith("kept", Read(disk, "/data/a"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_name_that_was_not_synced_may_be_gone_with_its_synced_bytes()
    {
        var found = Enumerable.Range(1, 50).Select(seed =>
        {
            var disk = NewDisk((ulong)seed);
            Write(disk, "/data/a", 0, "kept");
            Sync(disk, "/data/a");
            disk.Crash(CrashStyle.Prefix);
            return disk.FileExists("/data/a");
        }).ToList();
        Assert.Contains(true, found);
        Assert.Contains(false, found);
    }

    [Fact]
    public void A_rename_that_was_not_synced_leaves_the_old_file_or_the_new_one()
    {
        var found = Enumerable.Range(1, 50).Select(seed =>
        {
            var disk = NewDisk((ulong)seed);
            Write(disk, "/data/a", 0, "old");
            Write(disk, "/data/a.tmp", 0, "new");
            Sync(disk, "/data/a");
            Sync(disk, "/data/a.tmp");
            disk.SyncDirectory("/data");
            disk.Rename("/data/a.tmp", "/data/a");
            disk.Crash(CrashStyle.Scattered);
            return Read(disk, "/data/a");
        }).Distinct().Order(StringComparer.Ordinal).ToList();
        Assert.Equal(["new", "old"], found);
    }

    [Fact]
    public void Unsynced_writes_are_lost_torn_and_reordered()
    {
        for (var seed = 1UL; seed <= 50; seed++)
        {
            var disk = NewDisk(seed);
            disk.Open("/data/a", DiskMode.Create).Dispose();
            disk.SyncDirectory("/data");
            for (var i = 0; i < 5; i++) Write(disk, "/data/a", i * 1000, new string((char)('a' + i), 1000));
            disk.Crash(CrashStyle.Scattered);
        }

        Assert.True(counters["crash.lost writes"] > 0);
        Assert.True(counters["crash.torn writes"] > 0);
        Assert.True(counters["crash.reordered writes"] > 0);
    }

    [Fact]
    public void The_end_of_a_process_loses_nothing_but_its_locks_and_open_files()
    {
        var disk = NewDisk(1);
        Assert.NotNull(disk.TryLock("/data/.lock"));
        Assert.Null(disk.TryLock("/data/.lock"));
        var file = disk.Open("/data/a", DiskMode.Create);
        file.Write(0, "abc"u8);
        disk.ProcessEnded();
        Assert.Equal("abc", Read(disk, "/data/a"));
        Assert.NotNull(disk.TryLock("/data/.lock"));
        Assert.Throws<ProcessKilledException>(() => file.Length);
    }

    [Fact]
    public void After_a_failed_sync_a_later_one_does_not_bring_back_what_was_dropped()
    {
        var lost = 0;
        for (var seed = 1UL; seed <= 20; seed++)
        {
            var disk = NewDisk(seed);
            Write(disk, "/data/a", 0, "one");
            disk.SyncDirectory("/data");
            disk.Faults = new FailingSync();
            Assert.Throws<IOException>(() => Sync(disk, "/data/a"));
            disk.Faults = null;
            Sync(disk, "/data/a");
            Assert.Equal("one", Read(disk, "/data/a"));
            disk.Crash(CrashStyle.Lost);
            if (Read(disk, "/data/a") != "one") lost++;
        }

        Assert.InRange(lost, 1, 19);
    }

    private SimulatedDisk NewDisk(ulong seed)
    {
        var disk = new SimulatedDisk(new WorldRandom(seed), counters);
        disk.CreateDirectory("/data");
        disk.SyncDirectory("/");
        return disk;
    }

    private static void Write(SimulatedDisk disk, string path, long position, string text)
    {
        using var file = disk.Open(path, DiskMode.OpenOrCreate);
        file.Write(position, Encoding.ASCII.GetBytes(text));
    }

    private static void Sync(SimulatedDisk disk, string path)
    {
        using var file = disk.Open(path, DiskMode.Open);
        file.Sync();
    }

    private static string Read(SimulatedDisk disk, string path)
    {
        using var file = disk.Open(path, DiskMode.Open);
        var bytes = new byte[file.Length];
        Assert.Equal(bytes.Length, file.Read(0, bytes));
        return Encoding.ASCII.GetString(bytes);
    }

    private sealed class FailingSync : IDiskFaults
    {
        public IOException? Before(DiskOperation operation, string path) => operation == DiskOperation.Sync ? new IOException("injected") : null;

        public void After(DiskOperation operation, string path)
        {
        }
    }
}
