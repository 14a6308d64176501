using System.Text;
using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Simulation.Disk;
using StreamActors.Simulation.Engine;
using StreamActors.Storage;
using StreamActors.Storage.Compaction;
using StreamActors.Storage.Files;

namespace StreamActors.Simulation.Tests;

/// <summary>
/// A machine loses its power at each operation of a compaction in turn. What is left says of every key what the log said up to its end, and
/// nothing is there twice.
/// </summary>
public sealed class CompactionCrashTests
{
    private static readonly TopicPartition Partition = new("topic", 0);
    private static readonly TopicId Topic = new(new Guid(1, 2, 3, new byte[8]));
    private static readonly TimestampMs Now = new(100_000);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void No_crash_in_a_compaction_loses_or_doubles_anything(int style)
    {
        var crashes = 0;
        for (var seed = 1UL; seed <= 8; seed++)
        {
            for (var operation = 1; ; operation++)
            {
                var run = new Run(seed, (CrashStyle)style, operation, DiskLies.None);
                Assert.Null(run.Verdict());
                if (!run.HasCrashed) break;
                crashes++;
            }
        }

        Assert.True(crashes > 100, $"{crashes} crashes only");
    }

    [Theory]
    [InlineData((int)DiskLies.Names)]
    [InlineData((int)DiskLies.Files)]
    public void A_swap_that_does_not_sync_is_found_out(int lies)
    {
        for (var seed = 1UL; seed <= 1000; seed++)
        {
            for (var operation = 1; ; operation++)
            {
                var run = new Run(seed, CrashStyle.Scattered, operation, (DiskLies)lies);
                if (run.Verdict() is not null) return;
                if (!run.HasCrashed) break;
            }
        }

        Assert.Fail("No crash showed that the swap does not sync.");
    }

    private sealed class Run(ulong seed, CrashStyle style, int operation, DiskLies lies) : IDiskFaults
    {
        private readonly WorldRandom random = WorldRandom.Stream(seed, "history");
        private readonly SimulatedDisk disk = new(WorldRandom.Stream(seed, $"disk {operation}"), new Counters());
        private readonly List<(string Key, string? Value)> history = [];
        private int left = operation;

        public bool HasCrashed { get; private set; }

        /// <summary>What is wrong; null where nothing is.</summary>
        public string? Verdict()
        {
            var config = new LogConfig
            {
                CleanupByCompaction = true,
                CleanupByDeletion = false,
                SegmentBytes = random.Next(300, 1500),
                DeleteRetentionMs = 0,
                FileDeleteDelayMs = 0,
            };
            var log = Open(config);
            for (var batches = random.Next(10, 30); batches > 0; batches--) Append(log);
            if (random.Chance(0.5))
            {
                // The second pass finds small segments, and tombstones whose time has come.
                Clean(log);
                for (var batches = random.Next(5, 15); batches > 0; batches--) Append(log);
            }

            // What a crash does to records that were never synced is not compaction's matter.
            log.Sync();
            var durable = log.RecoveryPoint;
            if (random.Chance(0.5)) Append(log);
            disk.Faults = this;
            disk.Lies = lies;
            try
            {
                Clean(log);
                if (left > 0) log.ApplyRetention(Now);
            }
            catch (ProcessKilledException)
            {
                HasCrashed = true;
            }

            disk.Faults = null;
            disk.Lies = DiskLies.None;
            if (!HasCrashed) disk.Crash(style);
            try
            {
                return Check(Open(config), durable);
            }
            catch (IOException failure)
            {
                return failure.Message;
            }
        }

        IOException? IDiskFaults.Before(DiskOperation kind, string path)
        {
            if (--left == 0) disk.Crash(style);
            return null;
        }

        void IDiskFaults.After(DiskOperation kind, string path)
        {
        }

        private PartitionLog Open(LogConfig config) =>
            LogDirectory.Open(disk, "/data", new BrokerId(1), new Guid(9, 9, 9, new byte[8])).OpenLog(Partition, Topic, config, Now);

        private void Append(PartitionLog log)
        {
            using var builder = new RecordBatchBuilder();
            for (var count = random.Next(1, 6); count > 0; count--)
            {
                var (key, value) = ($"k{random.Next(12)}", random.Chance(0.25) ? null : $"{history.Count}{new string('v', random.Next(40))}");
                history.Add((key, value));
                builder.Append(new TimestampMs(1000), Encoding.ASCII.GetBytes(key), value is null ? default(ReadOnlyMemory<byte>?) : Encoding.ASCII.GetBytes(value));
            }

            log.Append([new AppendItem(builder.Build())], new LeaderEpoch(0), Now);
            log.AdvanceHighWatermark(log.View.LogEndOffset);
        }

        private static void Clean(PartitionLog log)
        {
            using var pass = log.BeginCleaning(new CleanerLimits(BufferBytes: 200), Now);
            while (true)
            {
                switch (pass.Advance(500))
                {
                    case CleaningState.SwapsGroup: log.Swap(pass.Group!, Now); break;
                    case CleaningState.Done: log.EndCleaning(pass); return;
                }
            }
        }

        private string? Check(PartitionLog log, Offset durable)
        {
            var end = log.View.LogEndOffset.Value;
            if (end < durable.Value || end > history.Count) return $"the log ends at {end}, {durable} was durable of {history.Count}";
            var state = new SortedDictionary<string, string>(StringComparer.Ordinal);
            var next = 0L;
            foreach (var name in disk.ListFiles(log.Folder).Where(name => name.EndsWith(".log", StringComparison.Ordinal)))
            {
                using var file = disk.Open(Path.Combine(log.Folder, name), DiskMode.Open);
                var bytes = new byte[file.Length];
                file.Read(0, bytes);
                var reader = new RecordBatchReader(bytes);
                while (reader.MoveNext())
                {
                    var header = reader.Current.Header;
                    if (header.BaseOffset < next) return $"offset {header.BaseOffset} comes behind {next - 1} in {name}";
                    if (!reader.Current.IsCrcValid || reader.Current.Open(1 << 20, out var opened) != BatchError.None) return $"{name} is damaged";
                    next = header.NextOffset;
                    var records = opened.Read();
                    while (records.MoveNext())
                    {
                        var key = Encoding.ASCII.GetString(records.Current.Key!.Value.Span);
                        if (records.Current.Value is { } value) state[key] = Encoding.ASCII.GetString(value.Span);
                        else state.Remove(key);
                    }
                }

                if (reader.Error != BatchError.None) return $"{name} is damaged: {reader.Error}";
            }

            var expected = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var (key, value) in history.Take((int)end))
            {
                if (value is null) expected.Remove(key);
                else expected[key] = value;
            }

            return expected.SequenceEqual(state) ? null : $"the keys are not what they were at {end}: {string.Join(' ', state)} instead of {string.Join(' ', expected)}";
        }
    }
}
