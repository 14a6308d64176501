using StreamActors.Protocol;
using StreamActors.Simulation.Disk;
using StreamActors.Simulation.Engine;
using StreamActors.Storage;
using StreamActors.Storage.Checkpoints;
using StreamActors.Storage.Compaction;
using StreamActors.Storage.Files;

namespace StreamActors.Simulation.Logs;

/// <summary>The lives of a machine with two data folders and four logs, in which everything goes wrong that can; one seed's.</summary>
internal sealed class LogRun
{
    private static readonly string[] Folders = ["/a", "/b"];
    private static readonly CrashStyle[] Styles = Enum.GetValues<CrashStyle>();

    private readonly World world;
    private readonly Counters counters;
    private readonly PlantedBug bug;
    private readonly WorldRandom random;
    private readonly WorldRandom ids;
    private readonly WorldRandom fate;
    private readonly SimulatedDisk disk;
    private readonly LogChecker checker;
    private readonly LogWriter writer;
    private readonly DiskDamage damage;
    private readonly List<PartitionModel> models = [];
    private readonly Dictionary<PartitionModel, PartitionLog> logs = [];
    private readonly HashSet<PartitionModel> opened = [];
    private readonly Dictionary<(string Folder, PartitionModel Model), long> known = [];
    private readonly bool rots;
    private LogDirectories? directories;
    private LogMover? mover;
    private int epoch;
    private long now = 1_000_000;
    private bool hasFailed;
    private bool isHealed;

    public LogRun(World world, Counters counters, PlantedBug bug)
    {
        this.world = world;
        this.counters = counters;
        this.bug = bug;
        random = world.RandomFor("log");
        ids = world.RandomFor("ids");
        fate = world.RandomFor("fate");
        disk = new SimulatedDisk(world.RandomFor("disk"), counters) { CanBeNoticed = StrayWrites.CanBeNoticed, Clock = () => now };
        if (world.Trace.IsWritten) disk.Log = (operation, path) => world.Trace.Explain($"{operation,34} {path}");
        checker = new LogChecker(counters);
        writer = new LogWriter(random, checker, counters);
        damage = new DiskDamage(disk, models, world.RandomFor("rot"), counters);
        if (world.Trace.IsWritten) disk.Damages = (path, position, length) => world.Trace.Explain($"damage to {path} at {position}, {length} bytes");
        disk.Damages += damage.Note;
        rots = random.Chance(0.5);
        for (var i = 0; i < 4; i++) models.Add(new PartitionModel(new TopicPartition(i < 2 ? "plain" : "compacted", i % 2), new TopicId(new Guid(1, 2, (short)(i / 2), new byte[8])), ConfigOf(i)));
    }

    public string? Go()
    {
        for (var lives = random.Next(2, 7); lives > 0 && checker.Violation is null; lives--)
        {
            var failing = random.Pick(["", "/a", "/b"]);
            disk.Faults = new DiskWeather(
                world.RandomFor($"weather {lives}"), counters, random.Pick([0, 0, 0.004, 0.02]), random.Pick([0, 40, 200, 600]), Strike, failing);
            Live(isLast: false);
        }

        disk.Faults = null;
        disk.Room = long.MaxValue;
        isHealed = true;
        for (var times = 2; times > 0 && checker.Violation is null; times--) Live(isLast: true);
        return checker.Violation;
    }

    private void Live(bool isLast)
    {
        logs.Clear();
        opened.Clear();
        epoch++;
        try
        {
            if (!TryStart(isLast)) return;
            mover = new LogMover(directories!, bug, random, ids.NextGuid, checker, counters);
            var isTidiedFirst = random.Chance(0.5);
            if (isTidiedFirst) mover.Start(models);
            foreach (var model in models) Open(model);
            if (!isTidiedFirst) mover.Start(models);
            if (isLast && checker.Violation is null && logs.Count < models.Count) checker.Violates(models.Find(model => !logs.ContainsKey(model))!, "it cannot be opened after all was healed");
            for (var operations = random.Next(5, 60); operations > 0 && checker.Violation is null; operations--) Operate(random.Pick(models));
            End(isLast);
        }
        catch (ProcessKilledException)
        {
            counters.Add("log.died");
        }
    }

    private bool TryStart(bool isLast)
    {
        for (var tries = 0; ; tries++)
        {
            if (rots && !isLast && tries == 0 && epoch > 1)
            {
                for (var bits = random.Next(3); bits > 0; bits--) damage.Rot();
            }

            ReadKnown();
            var isHalfway = models.Exists(IsHalfway);
            try
            {
                directories = LogDirectories.Open(PlantedBugs.Disk(bug, disk), Folders, null, new BrokerId(1), ids.NextGuid, new OpenFiles(4));
                directories.BelongTo("cluster");
                hasFailed = !directories.Unavailable.IsEmpty;
                if (isHalfway && !hasFailed) counters.Add("move.undone");
                // One that was begun while its folder was missing, which had got no farther, has no records.
                foreach (var twice in directories.Duplicates.Where(twice => PartitionFolder.HasRecords(disk, $"{twice.Left}/{twice.Partition}")))
                    checker.Violates(models[0], $"{twice} has records in both");
                return true;
            }
            catch (Exception refusal) when (refusal is InvalidDataException or DataFolderMismatchException or InvalidOperationException)
            {
                counters.Add("log.refused to start");
                disk.ProcessEnded();
                if (damage.Repair()) continue;
                checker.Violates(models[0], $"the start was refused: {refusal.Message}");
                return false;
            }
            catch (IOException failure)
            {
                counters.Add("log.could not start");
                world.Note(null, $"cannot start: {failure.Message}");
                disk.Room = long.MaxValue;
                LosePower();
                if (tries > 3) disk.Faults = null;
            }
        }
    }

    /// <summary>How far checkpoints on the disk say that logs were flushed and committed: what they cannot say cannot be told from a torn tail.</summary>
    private void ReadKnown()
    {
        known.Clear();
        foreach (var folder in Folders.Where(disk.DirectoryExists))
        {
            var recovery = OffsetCheckpoint.Read(disk, $"{folder}/recovery-point-offset-checkpoint");
            var watermarks = OffsetCheckpoint.Read(disk, $"{folder}/replication-offset-checkpoint");
            foreach (var model in models)
                known[(folder, model)] = Math.Min(recovery.GetValueOrDefault(model.Partition).Value, watermarks.GetValueOrDefault(model.Partition).Value);
        }
    }

    /// <summary>Whether a move was interrupted when a partition had lost its name in the one folder and not got it in the other.</summary>
    private bool IsHalfway(PartitionModel model)
    {
        var names = Folders.Where(disk.DirectoryExists).SelectMany(disk.ListDirectories).ToList();
        return !names.Contains(model.Partition.ToString()) && names.Exists(name => PartitionFolder.IsMoved(name) && PartitionFolder.ParseHalfway(name) == model.Partition);
    }

    private void Open(PartitionModel model)
    {
        if (checker.Violation is not null) return;
        PartitionLog log;
        try
        {
            var directory = directories!.Place(model.Partition, model.TopicId, isNew: !model.IsCreated);
            var config = bug == PlantedBug.TombstonesGoEarly ? model.Config with { DeleteRetentionMs = 0 } : model.Config;
            log = directory.OpenLog(model.Partition, model.TopicId, config, new TimestampMs(now));
        }
        catch (PartitionFolderDamagedException)
        {
            counters.Add("log.folder refused");
            if (damage.Repair()) Open(model);
            else checker.Violates(model, "its folder is refused, and nobody has damaged it");
            return;
        }
        catch (IOException failure)
        {
            Excuse(failure);
            return;
        }

        model.IsCreated = true;
        logs[model] = log;
        checker.Opened(model, log.View, known.GetValueOrDefault((log.Directory.Path, model)), isSameProcess: !opened.Add(model), now);
        world.Note(null, $"{model.Partition} opened: {log.View.LogStartOffset} to {log.View.LogEndOffset}");
        if (bug == PlantedBug.ServesUnchecked)
        {
            foreach (var segment in log.View.SealedSegments.Append(log.View.Active.Segment)) segment.Checked.AddRead(0, long.MaxValue);
        }

        if (checker.Violation is null) checker.All(model, log.View, now);
        Try(() => log.AssignLeaderEpoch(new LeaderEpoch(epoch)));
    }

    private void Operate(PartitionModel model)
    {
        now += random.Next(1, 2000);
        if (!isHealed && random.Chance(0.02)) disk.Room = disk.Room == long.MaxValue ? random.Next(3000) : long.MaxValue;
        if (!logs.TryGetValue(model, out var log))
        {
            if (opened.Contains(model)) Open(model);
            return;
        }

        if (log.IsOffline) return;
        switch (random.Next(24))
        {
            case < 8: writer.Append(model, log, epoch, now, disk.Room == long.MaxValue ? 3 : 1); break;
            case < 11: Flush(model, log); break;
            case 11: checker.Read(model, log.View, Within(log.View), random.Next(50, 3000), Isolation.LogEnd); break;
            case 12 when log.View.LastStableOffset > log.View.LogStartOffset:
                checker.Read(model, log.View, Within(log.View), random.Next(50, 3000), Isolation.Committed);
                break;
            case 13: checker.Time(model, log.View, now - random.Next(100_000)); break;
            case 14: Checkpoint(); break;
            case 15: Try(() => log.Roll(new TimestampMs(now))); break;
            case 16: writer.Resend(model, log, epoch, now); break;
            case 17 when model.IsCompacted: Compact(model, log); break;
            case 17: Retire(model, log); break;
            case 18 when random.Chance(0.6) && !model.IsCompacted: DeleteRecords(model, log); break;
            case 18 when model.IsCompacted: Compact(model, log); break;
            case 19 when random.Chance(0.3): Sleep(model, log); break;
            case > 19 when mover!.Step(model, log, now): logs.Remove(model); break;
        }
    }

    private void Flush(PartitionModel model, PartitionLog log) => Try(() =>
    {
        if (bug == PlantedBug.AcknowledgesBeforeSync)
        {
            model.Flushed = model.End;
        }
        else
        {
            model.Flushed = Math.Max(model.Flushed, log.Sync().Value);
            if (model.Flushed > model.End) checker.Violates(model, $"{model.Flushed} is flushed, and the end is {model.End}");
        }

        counters.Add("log.flushed");
        if (random.Chance(0.8)) log.AdvanceHighWatermark(new Offset(model.Flushed));
        else log.AdvanceHighWatermark(log.View.LogEndOffset);
    });

    private void Checkpoint()
    {
        foreach (var directory in directories!.All)
        {
            var starts = logs.Where(entry => entry.Value.Directory == directory).Select(entry => (entry.Key, entry.Value.View.LogStartOffset.Value)).ToList();
            if (!directory.WriteCheckpoints()) continue;
            counters.Add("log.checkpoints");
            foreach (var (model, start) in starts) model.StartDurable = start;
        }
    }

    private void Retire(PartitionModel model, PartitionLog log) => Try(() =>
    {
        // Whoever dies in the midst of it has got no further than this.
        model.Start = Math.Max(model.Start, log.View.HighWatermark.Value);
        counters.Add("log.segments retired", log.ApplyRetention(new TimestampMs(now)));
        model.Start = log.View.LogStartOffset.Value;
    });

    private void DeleteRecords(PartitionModel model, PartitionLog log) => Try(() =>
    {
        var before = log.View.LogStartOffset.Value + random.Next((int)(log.View.HighWatermark - log.View.LogStartOffset) + 1);
        model.Start = Math.Max(model.Start, before);
        if (log.DeleteRecords(new Offset(before)) == ErrorCode.OffsetOutOfRange) checker.Violates(model, $"records before {before} cannot be deleted");
    });

    private void Compact(PartitionModel model, PartitionLog log) => Try(() =>
    {
        model.CleaningBegins(now);
        using var pass = log.BeginCleaning(new CleanerLimits(BufferBytes: 300), new TimestampMs(now));
        try
        {
            while (checker.Violation is null)
            {
                switch (pass.Advance(random.Next(200, 3000)))
                {
                    case CleaningState.SwapsGroup when log.Swap(pass.Group!, new TimestampMs(now)): counters.Add("log.groups swapped"); break;
                    case CleaningState.SwapsGroup: return;
                    case CleaningState.Done:
                        log.EndCleaning(pass);
                        counters.Add("log.compactions");
                        return;
                    default:
                        if (random.Chance(0.3)) writer.Append(model, log, epoch, now, 1);
                        break;
                }
            }
        }
        catch (CorruptLogException failure)
        {
            if (!model.IsDamaged) checker.Violates(model, $"compaction ends: {failure.Message}");
        }
    });

    /// <summary>Closed in order, and woken by whoever comes next.</summary>
    private void Sleep(PartitionModel model, PartitionLog log)
    {
        Try(() => log.Close(clean: true));
        if (!log.IsOffline) logs.Remove(model);
    }

    private void End(bool isLast)
    {
        if (checker.Violation is not null) return;
        var choice = random.Next(3);
        hasFailed |= directories!.All.Any(directory => directory.IsOffline);
        if (!isLast && (choice == 0 || hasFailed))
        {
            LosePower();
        }
        else if (!isLast && choice == 1)
        {
            counters.Add("log.killed");
            disk.ProcessEnded();
        }
        else
        {
            mover!.Close();
            foreach (var log in logs.Values) Try(() => log.Close(clean: true));
            directories.Close(clean: true);
            counters.Add("log.stopped");
            if (directories.All.Any(directory => directory.IsOffline)) LosePower();
            else disk.ProcessEnded();
            if (isLast) IndexCheck.Run(disk, models, damage, checker);
        }
    }

    private void Strike(string where)
    {
        world.Note(null, $"dies {where}");
        if (!hasFailed && fate.Chance(0.3) && !(directories?.All.Any(directory => directory.IsOffline) ?? false))
        {
            counters.Add("log.killed");
            disk.ProcessEnded();
        }
        else
        {
            LosePower();
        }
    }

    private void LosePower()
    {
        var style = fate.Pick(Styles);
        world.Note(null, $"power lost: {style}");
        disk.Crash(style);
        hasFailed = false;
    }

    private void Try(Action operation)
    {
        try
        {
            operation();
        }
        catch (IOException failure)
        {
            Excuse(failure);
        }
    }

    /// <summary>A disk fails only where the seed says so, and then its folder is offline.</summary>
    private void Excuse(IOException failure)
    {
        world.Note(null, failure.Message);
        if (failure is LogDirectoryOfflineException || DiskFull.IsCause(failure)) return;
        hasFailed = true;
        if (!failure.Message.Contains("says the seed", StringComparison.Ordinal)) checker.Violates(models[0], $"an operation fails by itself: {failure}");
    }

    private long Within(LogView view) => view.LogStartOffset.Value + random.Next((int)(view.LogEndOffset - view.LogStartOffset) + 1);

    private LogConfig ConfigOf(int index) => new()
    {
        SegmentBytes = random.Next(400, 2500),
        IndexIntervalBytes = random.Pick([0, 100, 400]),
        RetentionBytes = index == 1 ? 6000 : -1,
        RetentionMs = -1,
        FileDeleteDelayMs = random.Pick([0, 3000]),
        CleanupByDeletion = index < 2,
        CleanupByCompaction = index >= 2,
        DeleteRetentionMs = random.Pick([0, 20_000, 500_000]),
    };
}
