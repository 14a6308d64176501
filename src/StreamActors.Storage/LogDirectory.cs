using System.Collections.Concurrent;
using System.Collections.Immutable;
using StreamActors.Protocol;
using StreamActors.Storage.Checkpoints;
using StreamActors.Storage.Files;
using StreamActors.Storage.Recovery;

namespace StreamActors.Storage;

/// <summary>A partition's folder, as it was found.</summary>
/// <param name="Partition">By the folder's name.</param>
/// <param name="TopicId">By <c>partition.metadata</c>; null where that is absent or damaged: such a folder belongs to nobody.</param>
/// <param name="Folder">Its name.</param>
public readonly record struct FoundPartition(TopicPartition Partition, TopicId? TopicId, string Folder);

/// <summary>
/// A data folder: locked against other processes, with Kafka's own files in it. Logs are opened and deleted here. Thread-safe.
/// When the disk fails it goes offline, for good; <see cref="Failed"/> says so, once.
/// </summary>
public sealed class LogDirectory
{
    private readonly IDisposable heldLock;
    private readonly ConcurrentDictionary<TopicPartition, PartitionLog> open = new();
    private readonly LogCheckpoints checkpoints;
    private readonly Lock deleting = new();
    private readonly HashSet<TopicPartition> opening = []; // guarded by deleting
    private readonly BrokerId nodeId;
    private Exception? failure;

    private LogDirectory(IDisk disk, string path, BrokerId nodeId, MetaProperties? meta, Guid newDirectoryId, IDisposable folderLock)
    {
        Disk = disk;
        Path = path;
        this.nodeId = nodeId;
        ClusterId = meta?.ClusterId;
        DirectoryId = meta?.DirectoryId ?? new TopicId(newDirectoryId);
        heldLock = folderLock;
        Cleaner = new Compaction.CleanerCheckpoint(disk, path);
        WasStoppedCleanly = CleanShutdown.Take(disk, path);
        checkpoints = new LogCheckpoints(disk, path, WasStoppedCleanly);
        Halfway = new HalfwayFolders(this, checkpoints);
    }

    public IDisk Disk { get; }

    public string Path { get; }

    /// <summary>The folder's identity.</summary>
    public TopicId DirectoryId { get; }

    /// <summary>The cluster that it belongs to; null while it is new (<see cref="BelongTo"/>).</summary>
    public string? ClusterId { get; private set; }

    /// <summary>Whether the last process that had the folder stopped in order.</summary>
    public bool WasStoppedCleanly { get; }

    public bool IsOffline => Volatile.Read(ref failure) is not null;

    /// <summary>Why it is offline.</summary>
    public Exception? Failure => Volatile.Read(ref failure);

    /// <summary>What moves to other data folders, and from them, have here.</summary>
    public HalfwayFolders Halfway { get; }

    /// <summary>Where compaction has got to in each log.</summary>
    internal Compaction.CleanerCheckpoint Cleaner { get; }

    /// <summary>Raised when it goes offline, on the thread that found out.</summary>
    public event Action<LogDirectory, Exception>? Failed;

    public ImmutableArray<PartitionLog> OpenLogs => [.. open.Values];

    /// <summary>Opens a data folder, which is created where there is none. A new one belongs to no cluster yet.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="path">The folder.</param>
    /// <param name="nodeId">Whose it is.</param>
    /// <param name="newDirectoryId">The folder's identity if it is a new one.</param>
    /// <param name="files">The node's open files; null for no bound.</param>
    /// <exception cref="DataFolderLockedException">Another process has it.</exception>
    /// <exception cref="DataFolderMismatchException">It belongs to another node.</exception>
    public static LogDirectory Open(IDisk disk, string path, BrokerId nodeId, Guid newDirectoryId, OpenFiles? files = null)
    {
        if (files is not null) disk = new BoundedDisk(disk, files);
        CreateDurably(disk, System.IO.Path.GetFullPath(path));
        var folderLock = disk.TryLock(System.IO.Path.Combine(path, ".lock")) ?? throw new DataFolderLockedException(path);
        try
        {
            var meta = MetaProperties.Load(disk, path);
            if (meta is not null && meta.NodeId != nodeId) throw new DataFolderMismatchException(path, meta, nodeId);
            // A process that created it may have ended before its name was durable.
            if (meta is null && System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path)) is { } parent) disk.SyncDirectory(parent);
            // Nor may one that has ended since have got to sync what it has named.
            disk.SyncDirectory(path);
            return new LogDirectory(disk, path, nodeId, meta, newDirectoryId, folderLock);
        }
        catch
        {
            folderLock.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes down that the folder belongs to a cluster, when its node has become a member of one: from then on a node that
    /// finds the controller's journal empty knows that it was lost.
    /// </summary>
    public void BelongTo(string clusterId)
    {
        if (ClusterId == clusterId) return;
        if (ClusterId is not null) throw new InvalidOperationException($"{Path} belongs to cluster {ClusterId}, not to {clusterId}");
        new MetaProperties(nodeId, clusterId, DirectoryId).Save(Disk, Path);
        ClusterId = clusterId;
    }

    /// <summary>The partitions whose folders are here, by the folders' names alone.</summary>
    public IEnumerable<TopicPartition> ListPartitions() => Disk.ListDirectories(Path).Select(PartitionFolder.Parse).OfType<TopicPartition>();

    /// <summary>Whether a partition's folder is here.</summary>
    public bool Has(TopicPartition partition) =>
        (open.TryGetValue(partition, out var log) && !IsFuture(log)) || Disk.DirectoryExists(In(partition.ToString()));

    /// <summary>The topic of the folder that has a partition's name; null where there is none, or nobody knows.</summary>
    public TopicId? TopicOf(TopicPartition partition) => PartitionFolder.ReadTopicId(Disk, In(partition.ToString()));

    /// <summary>Bytes of a partition's segments, whether it is open or not; 0 where it is not here.</summary>
    public long SizeOf(TopicPartition partition)
    {
        if (open.TryGetValue(partition, out var log)) return log.View.SizeInBytes;
        var folder = In(partition.ToString());
        return Disk.DirectoryExists(folder) ? SleepingRetention.SizeOf(Disk, folder) : 0;
    }

    /// <summary>The partitions whose folders are here, but those being deleted.</summary>
    public ImmutableArray<FoundPartition> FindPartitions()
    {
        var found = ImmutableArray.CreateBuilder<FoundPartition>();
        foreach (var name in Disk.ListDirectories(Path))
        {
            if (PartitionFolder.Parse(name) is { } partition)
                found.Add(new FoundPartition(partition, PartitionFolder.ReadTopicId(Disk, System.IO.Path.Combine(Path, name)), name));
        }

        return found.ToImmutable();
    }

    /// <summary>
    /// Opens a partition's log, which is created where there is none. A folder of another topic of that name, or of nobody knows which, is set aside
    /// under the name <c>...-stray</c>.
    /// </summary>
    public PartitionLog OpenLog(TopicPartition partition, TopicId topicId, LogConfig config, TimestampMs now) =>
        OpenIn(In(partition.ToString()), partition, topicId, config, now);

    private PartitionLog OpenIn(string folder, TopicPartition partition, TopicId topicId, LogConfig config, TimestampMs now)
    {
        if (IsOffline) throw new LogDirectoryOfflineException(Path);
        lock (deleting)
        {
            if (open.ContainsKey(partition) || !opening.Add(partition)) throw new InvalidOperationException($"{partition} is open already");
        }

        try
        {
            if (Disk.DirectoryExists(folder) && PartitionFolder.ReadTopicId(Disk, folder) is var found && found != topicId)
            {
                if (found is null && PartitionFolder.WasOf(Disk, folder, topicId)) PartitionFolder.WriteTopicId(Disk, folder, topicId);
                else if (found is null && PartitionFolder.HasRecords(Disk, folder)) throw new PartitionFolderDamagedException(folder);
                else SetAside(partition, topicId);
            }

            if (!Disk.DirectoryExists(folder)) Create(partition, folder, topicId);
            var left = checkpoints.Get(partition);
            // A copy has promised nobody anything: what is bad in it is cut, and copied again.
            if (PartitionFolder.IsFuture(folder)) left = left with { HighWatermark = Offset.Zero };
            // A process that ended while it made the folder may not have synced the name of partition.metadata in it, without which records belong to nobody.
            if (!left.IsClean && left.RecoveryPoint == Offset.Zero) Disk.SyncDirectory(folder);
            var hints = new LogHints(left.IsClean, left.RecoveryPoint, left.LogStartOffset, left.HighWatermark, Cleaner.Get(partition));
            var loader = new LogLoader(Disk, folder, config, hints, now);
            var state = loader.Load();
            var log = new PartitionLog(this, partition, topicId, state, loader.Report, left.RecoveryPoint, left.HighWatermark);
            checkpoints.Opened(partition);
            open[partition] = log;
            return log;
        }
        catch (IOException exception) when (exception is not LogDirectoryOfflineException)
        {
            // How far it has got nobody knows: the next one to open it checks it.
            checkpoints.Closed(partition, checkpoints.Get(partition) with { IsClean = false });
            if (!DiskFull.IsCause(exception)) Fail(exception);
            throw;
        }
        finally
        {
            lock (deleting) opening.Remove(partition);
        }
    }

    /// <summary>
    /// Deletes a partition: its folder is renamed at once, and its name is free again. The renamed one is to be removed later, by
    /// <see cref="Remove"/> or at the next start, by <see cref="FinishDeletions"/>. Its log must be closed.
    /// </summary>
    /// <param name="partition">Which.</param>
    /// <param name="unique">Makes the name unique, for a partition may be deleted again before this is through.</param>
    /// <returns>The folder to remove; null where there was none.</returns>
    public string? Delete(TopicPartition partition, Guid unique)
    {
        if (open.ContainsKey(partition)) throw new InvalidOperationException($"{partition} is open");
        checkpoints.Forget(partition);
        Cleaner.Forget(partition);
        lock (deleting)
        {
            if (!Disk.DirectoryExists(In(partition.ToString()))) return null;
            var doomed = In(PartitionFolder.DeletedName(partition, unique));
            Disk.Rename(In(partition.ToString()), doomed);
            Disk.SyncDirectory(Path);
            return doomed;
        }
    }

    /// <summary>Removes a folder that <see cref="Delete"/> has renamed.</summary>
    public void Remove(string doomed)
    {
        if (!IsOffline && Disk.DirectoryExists(doomed)) Disk.DeleteDirectory(doomed);
    }

    /// <summary>Deletes the folder of a partition that is not open, if it is of that topic and not of a later one with its name.</summary>
    public string? DeleteClosed(TopicPartition partition, TopicId topicId, Guid unique)
    {
        lock (deleting)
        {
            if (open.ContainsKey(partition) || opening.Contains(partition)) return null;
            var folder = In(partition.ToString());
            return Disk.DirectoryExists(folder) && PartitionFolder.ReadTopicId(Disk, folder) == topicId ? Delete(partition, unique) : null;
        }
    }

    /// <summary>
    /// When there will be something to do in a log that is not open, for retention or since it was not closed, in ms since the epoch (0: at once); null where that does not come by
    /// itself, or there is no such log. Opens no log: a node asks it of all that sleep.
    /// </summary>
    public long? RetentionDueMs(TopicPartition partition, LogConfig config)
    {
        var folder = In(partition.ToString());
        if (IsOffline || open.ContainsKey(partition) || !Disk.DirectoryExists(folder)) return null;
        // One that the last process did not close is to be checked, once, or no later stop would be a clean one.
        var left = checkpoints.Get(partition);
        return left.IsClean ? SleepingRetention.Due(Disk, folder, config, left.LogStartOffset) : SleepingRetention.Now;
    }

    /// <summary>Sets the folder of a partition aside that belongs to no topic that anybody knows, under the name <c>...-stray</c>.</summary>
    public void SetAside(FoundPartition found)
    {
        if (!open.ContainsKey(found.Partition)) SetAside(found.Partition, found.TopicId ?? TopicId.Zero);
    }

    /// <summary>The copies that are being filled here, to take the place of partitions of other data folders.</summary>
    public IEnumerable<PartitionLog> FutureLogs => open.Values.Where(IsFuture);

    /// <summary>Opens the copy of a partition that lies in another data folder: an empty one, or one that an interrupted move has left.</summary>
    public PartitionLog OpenFutureLog(TopicPartition partition, TopicId topicId, LogConfig config, Guid unique, TimestampMs now, string? left = null)
    {
        if (Has(partition)) throw new InvalidOperationException($"{partition} is in {Path} already");
        return OpenIn(In(left ?? PartitionFolder.FutureName(partition, unique)), partition, topicId, config, now);
    }

    /// <summary>Removes a copy that is not wanted any more.</summary>
    public void DropFutureLog(PartitionLog future)
    {
        if (open.TryGetValue(future.Partition, out var known) && ReferenceEquals(known, future)) future.Close(clean: false);
        Halfway.RemoveFuture(System.IO.Path.GetFileName(future.Folder));
    }

    /// <summary>Writes down recovery points, high watermarks and log start offsets of all logs, open or not.</summary>
    /// <returns>Whether they are on the disk; false where it is full or has failed.</returns>
    public bool WriteCheckpoints()
    {
        if (IsOffline) return false;
        try
        {
            checkpoints.Write(open);
            return true;
        }
        catch (IOException exception)
        {
            // On a full disk the old ones stay, which are safe: the next time comes soon.
            if (!DiskFull.IsCause(exception)) Fail(exception);
            return false;
        }
    }

    /// <summary>A log was cut below what the checkpoints on the disk may say of it.</summary>
    internal void Overstate(TopicPartition partition) => checkpoints.Overstate(partition);

    /// <summary>
    /// Sees to it that the checkpoints on the disk say no more of a log than is so, before anything is written to it: whoever found them after a crash would take for synced what
    /// came to lie below them since.
    /// </summary>
    /// <exception cref="IOException">The disk is full, or has failed.</exception>
    internal void CorrectCheckpoints(TopicPartition partition)
    {
        if (checkpoints.IsOverstated(partition) && !WriteCheckpoints()) throw IsOffline ? new LogDirectoryOfflineException(Path) : DiskFull.Failure();
    }

    /// <summary>
    /// Whether a log that is not open may have records that no compaction has looked at. The recovery point of a log that was closed in order is its end.
    /// </summary>
    public bool MayBeDirty(TopicPartition partition)
    {
        if (open.ContainsKey(partition)) return false;
        if (checkpoints.TryGet(partition, out var log) && log.IsClean) return log.RecoveryPoint > Cleaner.Get(partition);
        return !WasStoppedCleanly && Disk.DirectoryExists(In(partition.ToString()));
    }

    /// <summary>Gives the folder back. Where it is closed cleanly, all logs must be closed, and the next process need not check them.</summary>
    public void Close(bool clean)
    {
        if (clean && !IsOffline)
        {
            if (!open.IsEmpty) throw new InvalidOperationException($"{open.Count} logs are still open");
            if (WriteCheckpoints() && checkpoints.AreAllClean) LeaveMark();
        }

        heldLock.Dispose();
    }

    /// <summary>Takes the folder offline. To be called by whoever sees the disk fail.</summary>
    public void Fail(Exception exception)
    {
        if (Interlocked.CompareExchange(ref failure, exception, null) is null) Failed?.Invoke(this, exception);
    }

    internal void Closed(PartitionLog log, bool clean)
    {
        checkpoints.Closed(log.Partition, new ClosedLog(clean, log.RecoveryPoint, log.View.LogStartOffset, log.View.HighWatermark));
        open.TryRemove(log.Partition, out _);
    }

    /// <summary>Whether no log is here that nobody has opened since a crash, and of which the crash has left no checkpoint.</summary>
    private bool AreAllKnown() => Disk.ListDirectories(Path).Select(name => PartitionFolder.Parse(name) ?? PartitionFolder.ParseHalfway(name)).OfType<TopicPartition>()
        .All(partition => checkpoints.TryGet(partition, out _));

    private void LeaveMark()
    {
        try
        {
            // A log that no checkpoint knows, the last process did not close, and nobody has opened since, is still to be checked.
            if (WasStoppedCleanly || AreAllKnown()) CleanShutdown.Leave(Disk, Path);
        }
        catch (IOException exception)
        {
            // Without the mark the next process checks the logs, which costs time only.
            if (!DiskFull.IsCause(exception)) Fail(exception);
        }
    }

    /// <summary>What is synced in a folder is lost all the same if the folder's own name is.</summary>
    private static void CreateDurably(IDisk disk, string path)
    {
        if (disk.DirectoryExists(path)) return;
        var parent = System.IO.Path.GetDirectoryName(path);
        if (parent is not null) CreateDurably(disk, parent);
        disk.CreateDirectory(path);
        if (parent is not null) disk.SyncDirectory(parent);
    }

    private static bool IsFuture(PartitionLog log) => PartitionFolder.IsFuture(log.Folder);

    /// <summary>Whether a copy of it is open, or about to be.</summary>
    internal bool IsInUse(TopicPartition partition)
    {
        lock (deleting) return opening.Contains(partition) || (open.TryGetValue(partition, out var log) && IsFuture(log));
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);

    private void SetAside(TopicPartition partition, TopicId topicId)
    {
        checkpoints.Forget(partition);
        Cleaner.Forget(partition);
        var stray = In(PartitionFolder.StrayName(partition, topicId));
        if (Disk.DirectoryExists(stray)) Disk.DeleteDirectory(stray);
        Disk.Rename(In(partition.ToString()), stray);
    }

    private void Create(TopicPartition partition, string folder, TopicId topicId)
    {
        checkpoints.Forget(partition);
        Cleaner.Forget(partition);
        CorrectCheckpoints(partition);
        Disk.CreateDirectory(folder);
        PartitionFolder.WriteTopicId(Disk, folder, topicId);
        Disk.SyncDirectory(Path);
    }
}
