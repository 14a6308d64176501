using StreamActors.Protocol;
using StreamActors.Storage.Checkpoints;
using StreamActors.Storage.Files;

namespace StreamActors.Storage;

/// <summary>Moves of logs between a node's data folders (KIP-113): what interrupted ones have left, and the swap that ends one.</summary>
public static class LogMoves
{
    /// <summary>Whether the names of a partition's folders while it is moved are not too long.</summary>
    public static bool CanMove(TopicPartition partition) => PartitionFolder.CanMove(partition);

    /// <summary>
    /// The copies that can be gone on with, of those that interrupted moves have left: the only one of a partition, which lies in another folder that is online.
    /// </summary>
    public static IReadOnlyList<(LogDirectory Directory, FoundPartition Copy)> FindCopies(LogDirectories directories)
    {
        var copies = directories.Online.SelectMany(directory => directory.Halfway.FindFutures().Select(copy => (Directory: directory, Copy: copy)));
        return [.. copies.GroupBy(found => found.Copy.Partition).Where(found => found.Count() == 1).Select(found => found.First()).Where(IsOfAnother)];

        bool IsOfAnother((LogDirectory Directory, FoundPartition Copy) found) =>
            found.Copy.TopicId is not null && directories.Find(found.Copy.Partition) is { IsOffline: false } place && place != found.Directory && !found.Directory.Has(found.Copy.Partition);
    }

    /// <summary>Removes what deletions and moves have left in a folder that were interrupted.</summary>
    /// <param name="directories">The node's.</param>
    /// <param name="directory">Which.</param>
    /// <param name="isResumed">Whether a copy is gone on with.</param>
    public static void FinishDeletions(LogDirectories directories, LogDirectory directory, Func<FoundPartition, bool> isResumed) => directory.Halfway.FinishDeletions(found =>
    {
        // Where nobody knows whether there is anything else of the partition, this may be all of it.
        var isPlaced = directories.IsSingle ? directory.Has(found.Partition) : directories.Find(found.Partition) is not null;
        return PartitionFolder.IsMoved(found.Folder) ? !isPlaced : isResumed(found) || (!isPlaced && !directories.Unavailable.IsEmpty);
    });

    /// <summary>
    /// Puts a copy in the place of a log: completes it, makes it durable, takes the name from the old folder and gives it to the new one, each durably before the next. So there is
    /// never more than one of that name; where there is none, the old one is whole and has it back at the next start.
    /// </summary>
    /// <param name="directories">The node's.</param>
    /// <param name="log">The log, whose writer calls this.</param>
    /// <param name="copy">Its copy.</param>
    /// <param name="newId">Makes names unique.</param>
    /// <param name="now">The time.</param>
    /// <returns>The old folder, to be removed; null where that is left to the next start.</returns>
    /// <exception cref="IOException">It has not been moved; where the log is closed by then, one of the two data folders has failed.</exception>
    public static string? Swap(LogDirectories directories, PartitionLog log, LogCopy copy, Func<Guid> newId, TimestampMs now)
    {
        var (partition, from, to) = (log.Partition, log.Directory, copy.Log.Directory);
        copy.Complete(log, now);
        // What is known of the copy so far is less than what was promised of the log.
        if (!to.WriteCheckpoints()) throw to.IsOffline ? new LogDirectoryOfflineException(to.Path) : DiskFull.Failure();
        log.Close(clean: true);
        var old = from.Halfway.GiveUp(partition, newId());
        // If the next step fails, the copy may have the name all the same: the partition is offline then, with its new folder.
        directories.Move(partition, to);
        to.Halfway.Promote(copy.Log);
        try
        {
            return from.Halfway.DeleteMoved(partition, old, newId());
        }
        catch (IOException failure)
        {
            if (!DiskFull.IsCause(failure)) from.Fail(failure);
            return null;
        }
    }
}
