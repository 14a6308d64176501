using StreamActors.Protocol;
using StreamActors.Storage.Checkpoints;

namespace StreamActors.Storage;

/// <summary>
/// The folders in a data folder that stand between two names: copies that are to take the place of partitions of other data folders (<c>...-future</c>), and partitions that are being
/// given up for such a copy elsewhere (<c>...-moved</c>). A disk that fails takes the data folder offline.
/// </summary>
public sealed class HalfwayFolders
{
    private readonly LogDirectory directory;
    private readonly LogCheckpoints checkpoints;

    internal HalfwayFolders(LogDirectory directory, LogCheckpoints checkpoints)
    {
        this.directory = directory;
        this.checkpoints = checkpoints;
    }

    /// <summary>Removes what deletions and moves have left that were interrupted.</summary>
    /// <param name="isKept">Asked of copies, and of folders whose partition was being given up: whether they may be needed.</param>
    public void FinishDeletions(Func<FoundPartition, bool> isKept)
    {
        foreach (var name in directory.Disk.ListDirectories(directory.Path))
        {
            var found = Parse(name);
            var isLeft = PartitionFolder.IsFuture(name) ? found is not { } copy || (!directory.IsInUse(copy.Partition) && !isKept(copy)) : found is { } moved && !isKept(moved);
            if (isLeft || PartitionFolder.IsDeleted(name)) RemoveLeft(name);
        }
    }

    /// <summary>The folders of copies that are here, in use or not.</summary>
    public IEnumerable<FoundPartition> FindFutures() => directory.Disk.ListDirectories(directory.Path).Where(PartitionFolder.IsFuture).Select(Parse).OfType<FoundPartition>();

    /// <summary>The folders whose partitions were being given up when a move was interrupted; where they lie nowhere else, these are they.</summary>
    public IEnumerable<FoundPartition> FindMoved() => directory.Disk.ListDirectories(directory.Path).Where(PartitionFolder.IsMoved).Select(Parse).OfType<FoundPartition>();

    /// <summary>Removes a copy that is not open.</summary>
    public void RemoveFuture(string folder)
    {
        if (!directory.IsOffline && directory.Disk.DirectoryExists(In(folder))) RemoveLeft(folder);
    }

    /// <summary>Gives a copy, closed by now, the partition's name; that is durable when this returns.</summary>
    public void Promote(PartitionLog future) => Rename(Path.GetFileName(future.Folder), future.Partition.ToString());

    /// <summary>Takes its name from the folder of a partition that is being moved away; it is closed.</summary>
    /// <returns>The folder's name from now on.</returns>
    public string GiveUp(TopicPartition partition, Guid unique)
    {
        var name = PartitionFolder.MovedName(partition, unique);
        Rename(partition.ToString(), name);
        return name;
    }

    /// <summary>Gives it back: it has not been moved.</summary>
    public void TakeBack(TopicPartition partition, string folder) => Rename(folder, partition.ToString());

    /// <summary>Deletes a folder that was given up: the partition lies elsewhere now.</summary>
    /// <returns>The folder to remove.</returns>
    public string DeleteMoved(TopicPartition partition, string folder, Guid unique)
    {
        checkpoints.Forget(partition);
        directory.Cleaner.Forget(partition);
        var doomed = PartitionFolder.DeletedName(partition, unique);
        Rename(folder, doomed);
        return In(doomed);
    }

    private FoundPartition? Parse(string name) =>
        PartitionFolder.ParseHalfway(name) is { } partition ? new FoundPartition(partition, PartitionFolder.ReadTopicId(directory.Disk, In(name)), name) : null;

    private void RemoveLeft(string name)
    {
        if (PartitionFolder.ParseHalfway(name) is { } partition && !directory.Has(partition)) checkpoints.Forget(partition);
        directory.Disk.DeleteDirectory(In(name));
    }

    private void Rename(string folder, string name)
    {
        if (directory.IsOffline) throw new LogDirectoryOfflineException(directory.Path);
        try
        {
            directory.Disk.Rename(In(folder), In(name));
            directory.Disk.SyncDirectory(directory.Path);
        }
        catch (IOException exception)
        {
            directory.Fail(exception);
            throw;
        }
    }

    private string In(string name) => Path.Combine(directory.Path, name);
}
