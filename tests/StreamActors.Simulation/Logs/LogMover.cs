using StreamActors.Protocol;
using StreamActors.Simulation.Engine;
using StreamActors.Storage;
using StreamActors.Storage.Checkpoints;
using StreamActors.Storage.Files;

namespace StreamActors.Simulation.Logs;

/// <summary>Moves logs between the data folders as the replicas' mover does, a step at a time and all at once; one process's.</summary>
internal sealed class LogMover(LogDirectories directories, PlantedBug bug, WorldRandom random, Func<Guid> newId, LogChecker checker, Counters counters)
{
    private readonly Dictionary<PartitionModel, LogCopy> copies = [];
    private readonly Dictionary<PartitionModel, (LogDirectory Directory, string Folder)> left = [];

    /// <summary>Looks at what former processes have left: goes on with some of it, and removes the rest.</summary>
    public void Start(IReadOnlyList<PartitionModel> models)
    {
        foreach (var (directory, copy) in LogMoves.FindCopies(directories))
        {
            // The partition may have been deleted meanwhile, or somebody has changed their mind.
            if (random.Chance(0.2)) counters.Add("move.forgotten");
            else left[models.Single(model => model.Partition == copy.Partition)] = (directory, copy.Folder);
        }

        foreach (var directory in directories.Online.ToArray())
            OnDisk(directory, () => LogMoves.FinishDeletions(directories, directory, copy => left.Values.Any(each => each.Directory == directory && each.Folder == copy.Folder)));
    }

    /// <summary>Begins a move of a log, or goes on with it. True where the log lies elsewhere now and has to be opened again, moved or not.</summary>
    public bool Step(PartitionModel model, PartitionLog log, long now)
    {
        if (copies.TryGetValue(model, out var copy) && (copy.Log.IsOffline || random.Chance(0.05)))
        {
            Drop(model, copy);
            return false;
        }

        try
        {
            copy ??= Begin(model, log, now);
            if (copy is null) return false;
            var before = copy.Log.View.LogEndOffset;
            var copied = copy.Step(log, random.Pick([1, 1, 300, 3000]), new TimestampMs(now));
            if (copied > 0) counters.Add("move.copied");
            if (copy.Log.View.LogEndOffset < before) counters.Add("move.cut back");
            return copied == 0 && random.Chance(0.8) && Swap(model, log, copy, now);
        }
        catch (IOException failure)
        {
            Excuse(model, failure);
            if (copies.TryGetValue(model, out copy)) Drop(model, copy);
            return log.IsClosed;
        }
    }

    /// <summary>Closes the copies in order, for the next process to go on with.</summary>
    public void Close()
    {
        foreach (var copy in copies.Values.Where(copy => !copy.Log.IsOffline)) OnDisk(copy.Log.Directory, copy.Close);
    }

    private LogCopy? Begin(PartitionModel model, PartitionLog log, long now)
    {
        var destination = directories.All.SingleOrDefault(directory => directory != log.Directory);
        var isResumed = left.Remove(model, out var begun);
        if (destination is not { IsOffline: false } || destination.Has(model.Partition)) return null;
        var future = destination.OpenFutureLog(model.Partition, model.TopicId, log.Config, newId(), new TimestampMs(now), isResumed ? begun.Folder : null);
        counters.Add(isResumed ? "move.resumed" : "move.begun");
        return copies[model] = bug == PlantedBug.ResumesWithoutCut ? new UncutCopy(future) : new LogCopy(future);
    }

    private bool Swap(PartitionModel model, PartitionLog log, LogCopy copy, long now)
    {
        var folder = LogMoves.Swap(directories, log, copy, newId, new TimestampMs(now));
        copies.Remove(model);
        counters.Add("move.swapped");
        model.StartDurable = model.Start = copy.Log.View.LogStartOffset.Value;
        if (folder is not null && random.Chance(0.7)) OnDisk(log.Directory, () => log.Directory.Remove(folder));
        return true;
    }

    private void Drop(PartitionModel model, LogCopy copy)
    {
        copies.Remove(model);
        counters.Add("move.dropped");
        OnDisk(copy.Log.Directory, copy.Drop);
    }

    /// <summary>A log that is damaged is not moved, and a disk that is full or has failed takes no copy.</summary>
    private void Excuse(PartitionModel model, IOException failure)
    {
        if (model.IsDamaged || failure is LogDirectoryOfflineException || DiskFull.IsCause(failure) || failure.Message.Contains(DiskFull.Message, StringComparison.Ordinal)) return;
        if (directories.All.Any(directory => directory.IsOffline)) return;
        checker.Violates(model, $"it cannot be moved: {failure}");
    }

    private static void OnDisk(LogDirectory directory, Action act)
    {
        try
        {
            act();
        }
        catch (IOException failure)
        {
            directory.Fail(failure);
        }
    }

    /// <summary>A planted bug: the copy is taken as it was left.</summary>
    private sealed class UncutCopy(PartitionLog copy) : LogCopy(copy)
    {
        internal override void Reconcile(PartitionLog log, bool isKnown, TimestampMs now)
        {
        }
    }
}
