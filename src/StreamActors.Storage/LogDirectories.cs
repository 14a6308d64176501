using System.Collections.Immutable;
using StreamActors.Protocol;
using StreamActors.Storage.Files;
using StreamActors.Storage.Segment;

namespace StreamActors.Storage;

/// <summary>A partition that has folders in two data folders; the one is used, the other left as it is.</summary>
public readonly record struct DuplicatePartition(TopicPartition Partition, string Used, string Left);

/// <summary>
/// The data folders of a node. Each partition lies in one of them: where its folder was found at the start, or, when it is new, where there are
/// the fewest. One that fails takes its partitions with it and nobody else's; the metadata log's is one that the node cannot do without. Thread-safe.
/// </summary>
public sealed class LogDirectories
{
    /// <summary>The topic of the controller's journal, which is not placed as others are.</summary>
    public const string MetadataTopic = "__cluster_metadata";

    private readonly Lock gate = new();
    private readonly Dictionary<TopicPartition, LogDirectory> places = [];
    private readonly Dictionary<LogDirectory, int> counts = [];
    private readonly HashSet<TopicPartition> namesakes = []; // of different topics; set before anybody else looks
    private readonly Dictionary<TopicPartition, LogDirectory> wishes = [];

    private LogDirectories(ImmutableArray<LogDirectory> all, LogDirectory metadata, ImmutableArray<(string Path, string Reason)> unavailable)
    {
        All = all;
        Metadata = metadata;
        Unavailable = unavailable;
        foreach (var directory in Everything) directory.Failed += (failed, failure) => Failed?.Invoke(failed, failure);
        // With one folder there is nothing to be found, and no table of a hundred thousand partitions to be kept.
        if (IsSingle) return;
        var duplicates = ImmutableArray.CreateBuilder<DuplicatePartition>();
        foreach (var directory in all)
        {
            counts[directory] = 0;
            foreach (var partition in directory.ListPartitions().Where(partition => partition.Topic != MetadataTopic)) Add(partition, directory, duplicates);
        }

        TakeBackMoved();
        Duplicates = duplicates.ToImmutable();
    }

    /// <summary>Those that partitions lie in, and that could be opened; they may have failed since.</summary>
    public ImmutableArray<LogDirectory> All { get; }

    /// <summary>The one with the metadata log.</summary>
    public LogDirectory Metadata { get; }

    /// <summary>Those that could not be opened. What is in them nobody knows.</summary>
    public ImmutableArray<(string Path, string Reason)> Unavailable { get; }

    public ImmutableArray<DuplicatePartition> Duplicates { get; } = [];

    public IEnumerable<LogDirectory> Online => All.Where(directory => !directory.IsOffline);

    public IEnumerable<PartitionLog> OpenLogs => Everything.SelectMany(directory => directory.OpenLogs);

    /// <summary>The cluster that they belong to; null while they are new.</summary>
    public string? ClusterId => Metadata.ClusterId ?? All.Select(directory => directory.ClusterId).FirstOrDefault(id => id is not null);

    /// <summary>Raised when one goes offline, on the thread that found out.</summary>
    public event Action<LogDirectory, Exception>? Failed;

    /// <summary>Whether there is but one: without it the node ends.</summary>
    public bool IsSingle => All.Length == 1 && Unavailable.IsEmpty;

    /// <summary>Whether all of them are there.</summary>
    public bool IsWhole => Unavailable.IsEmpty && All.All(directory => !directory.IsOffline);

    private IEnumerable<LogDirectory> Everything => All.Contains(Metadata) ? All : All.Append(Metadata);

    /// <summary>A node with one data folder.</summary>
    public static LogDirectories Of(LogDirectory directory) => new([directory], directory, []);

    /// <summary>Opens the data folders of a node. Those whose disk fails are left out.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="paths">The folders of partitions.</param>
    /// <param name="metadataPath">The folder of the metadata log, one of them or another; null for the first of them.</param>
    /// <param name="nodeId">Whose they are.</param>
    /// <param name="newId">Draws the identity of a new folder.</param>
    /// <param name="files">The node's open files; null for no bound.</param>
    /// <exception cref="DataFolderLockedException">Another process has one of them.</exception>
    /// <exception cref="DataFolderMismatchException">One of them belongs to another node.</exception>
    /// <exception cref="InvalidDataException">They belong to different clusters, or one is a copy of another.</exception>
    /// <exception cref="NoLogDirectoryException">None is left, or the metadata log's is not.</exception>
    public static LogDirectories Open(IDisk disk, IReadOnlyList<string> paths, string? metadataPath, BrokerId nodeId, Func<Guid> newId, OpenFiles? files = null)
    {
        var metadata = metadataPath ?? paths[0];
        var opened = new List<LogDirectory>();
        var unavailable = ImmutableArray.CreateBuilder<(string, string)>();
        try
        {
            foreach (var path in paths.Contains(metadata) ? paths : [.. paths, metadata])
            {
                try
                {
                    opened.Add(LogDirectory.Open(disk, path, nodeId, newId(), files));
                }
                catch (Exception failure) when (failure is IOException and not DataFolderLockedException or UnauthorizedAccessException)
                {
                    if (path == metadata) throw new NoLogDirectoryException($"The data folder {path}, which has the metadata log, cannot be used: {failure.Message}");
                    unavailable.Add((path, failure.Message));
                }
            }

            ImmutableArray<LogDirectory> all = [.. opened.Where(directory => paths.Contains(directory.Path))];
            if (all.IsEmpty) throw new NoLogDirectoryException($"None of the data folders can be used: {string.Join("; ", unavailable.Select(entry => entry.Item2))}");
            Check(opened);
            return new LogDirectories(all, opened.Single(directory => directory.Path == metadata), unavailable.ToImmutable());
        }
        catch
        {
            foreach (var directory in opened) directory.Close(clean: false);
            throw;
        }
    }

    /// <summary>Whether the node cannot go on without it.</summary>
    public bool IsFatal(LogDirectory failed) => failed == Metadata || All.All(directory => directory == failed || directory.IsOffline);

    /// <summary>Where a partition lies; null where it lies nowhere.</summary>
    public LogDirectory? Find(TopicPartition partition)
    {
        if (IsSingle) return All[0];
        lock (gate) return places.GetValueOrDefault(partition);
    }

    /// <summary>Where a partition lies; of folders that topics of one name have left, in the one of that topic.</summary>
    public LogDirectory? Find(TopicPartition partition, TopicId topic)
    {
        if (IsSingle) return All[0];
        lock (gate)
        {
            Settle(partition, topic);
            return places.GetValueOrDefault(partition);
        }
    }

    /// <summary>
    /// Whether a partition is out of reach until the node is started again: it lies in a folder that is offline, or may lie in one that could not be opened.
    /// </summary>
    /// <param name="partition">Which.</param>
    /// <param name="isNew">As for <see cref="Place"/>.</param>
    public bool IsLost(TopicPartition partition, bool isNew) => Find(partition) is { } place ? place.IsOffline : !isNew && !Unavailable.IsEmpty;

    /// <summary>
    /// Where a partition lies, or is to lie from now on: where somebody wished it (<see cref="TryWish"/>), or in the folder that is online and has the fewest. That evens out
    /// what opens and recovers at a start; how large partitions will become nobody knows when they are made.
    /// </summary>
    /// <param name="partition">Which.</param>
    /// <param name="topic">Of which topic.</param>
    /// <param name="isNew">Whether it is certain that it never had a folder here: if not, it may be in one that could not be opened.</param>
    /// <exception cref="LogDirectoryOfflineException">No folder is online, or it may be in one that is not.</exception>
    public LogDirectory Place(TopicPartition partition, TopicId topic, bool isNew)
    {
        if (IsSingle) return All[0];
        lock (gate)
        {
            Settle(partition, topic);
            if (places.TryGetValue(partition, out var known)) return known;
            if (!isNew && !Unavailable.IsEmpty) throw new LogDirectoryOfflineException(Unavailable[0].Path);
            var place = wishes.Remove(partition, out var wish) && !wish.IsOffline ? wish : Online.MinBy(directory => counts[directory]);
            if (place is null) throw new LogDirectoryOfflineException(All[0].Path);
            Put(partition, place);
            return place;
        }
    }

    /// <summary>Where a partition is to be made that lies nowhere yet; kept in memory only. False where it lies somewhere.</summary>
    public bool TryWish(TopicPartition partition, LogDirectory wish)
    {
        if (IsSingle) return false;
        lock (gate)
        {
            if (places.ContainsKey(partition)) return false;
            wishes[partition] = wish;
            return true;
        }
    }

    /// <summary>A partition's folder has been moved to another data folder.</summary>
    /// <exception cref="LogDirectoryOfflineException">The one that it was in has failed meanwhile, and everybody has been told that the partition is lost.</exception>
    public void Move(TopicPartition partition, LogDirectory destination)
    {
        lock (gate)
        {
            if (places.TryGetValue(partition, out var place) && place.IsOffline) throw new LogDirectoryOfflineException(place.Path);
            Put(partition, destination);
        }
    }

    /// <summary>A partition's folder is gone from where it was.</summary>
    public void Forget(TopicPartition partition)
    {
        lock (gate)
        {
            if (places.Remove(partition, out var place)) counts[place]--;
            wishes.Remove(partition);
        }
    }

    /// <inheritdoc cref="LogDirectory.BelongTo"/>
    public void BelongTo(string clusterId)
    {
        Metadata.BelongTo(clusterId);
        foreach (var directory in Online.Where(directory => directory != Metadata))
        {
            try
            {
                directory.BelongTo(clusterId);
            }
            catch (IOException failure)
            {
                directory.Fail(failure);
            }
        }
    }

    /// <summary>Writes down how far each log is, in each folder.</summary>
    public void WriteCheckpoints()
    {
        foreach (var directory in Everything) directory.WriteCheckpoints();
    }

    /// <summary>Gives the folders back; each is left clean whose logs are closed.</summary>
    public void Close(bool clean)
    {
        foreach (var directory in Everything) directory.Close(clean && directory.OpenLogs.IsEmpty);
    }

    private static void Check(List<LogDirectory> opened)
    {
        var ofClusters = opened.Where(directory => directory.ClusterId is not null).DistinctBy(directory => directory.ClusterId, StringComparer.Ordinal).ToArray();
        if (ofClusters is [var first, var second, ..])
            throw new InvalidDataException($"The data folder {first.Path} belongs to cluster {first.ClusterId}, {second.Path} to {second.ClusterId}");
        if (opened.GroupBy(directory => directory.DirectoryId).FirstOrDefault(same => same.Count() > 1) is { } copies)
            throw new InvalidDataException($"The data folders {string.Join(" and ", copies.Select(directory => directory.Path))} have one directory.id, {copies.Key}: one is a copy of the other");
    }

    private void Put(TopicPartition partition, LogDirectory place)
    {
        if (places.TryGetValue(partition, out var former)) counts[former]--;
        places[partition] = place;
        counts[place]++;
    }

    /// <summary>A topic may have been deleted while a folder of it was out of reach, and made anew in another: whoever knows the topic's id can tell.</summary>
    private void Settle(TopicPartition partition, TopicId topic)
    {
        if (!namesakes.Contains(partition) || (places.TryGetValue(partition, out var known) && !known.IsOffline && known.TopicOf(partition) == topic)) return;
        if (Online.FirstOrDefault(directory => directory.TopicOf(partition) == topic) is { } own) Put(partition, own);
    }

    /// <summary>
    /// A move may have been interrupted when the old folder had lost the name and the new one did not have it yet. Where a data folder is missing, the new one may be there.
    /// </summary>
    private void TakeBackMoved()
    {
        if (!Unavailable.IsEmpty) return;
        var moved = All.SelectMany(directory => directory.Halfway.FindMoved().Select(found => (Directory: directory, Found: found)));
        foreach (var each in moved.Where(each => !places.ContainsKey(each.Found.Partition)).GroupBy(each => each.Found.Partition).ToArray())
        {
            var (directory, found) = each.MaxBy(candidate => End(candidate.Directory, candidate.Found.Folder));
            Put(found.Partition, directory);
            try
            {
                directory.Halfway.TakeBack(found.Partition, found.Folder);
            }
            catch (IOException)
            {
                // The data folder is offline now, and this partition with it.
            }
        }
    }

    /// <summary>Of two folders of a partition the one whose log ends later is used: the other is what a move or a copy has left, and lacks records.</summary>
    private void Add(TopicPartition partition, LogDirectory directory, ImmutableArray<DuplicatePartition>.Builder duplicates)
    {
        if (places.TryGetValue(partition, out var other))
        {
            if (directory.TopicOf(partition) is { } topic && other.TopicOf(partition) is { } otherTopic && topic != otherTopic)
            {
                namesakes.Add(partition);
                return;
            }

            var isLater = End(directory, partition.ToString()).CompareTo(End(other, partition.ToString())) > 0;
            duplicates.Add(isLater ? new DuplicatePartition(partition, directory.Path, other.Path) : new DuplicatePartition(partition, other.Path, directory.Path));
            if (!isLater) return;
        }

        Put(partition, directory);
    }

    /// <summary>How far a log reaches: the last segment's first offset, and its size.</summary>
    private static (long BaseOffset, long Size) End(LogDirectory directory, string name)
    {
        var folder = Path.Combine(directory.Path, name);
        var last = directory.Disk.ListFiles(folder).Select(name => SegmentFiles.OffsetOf(name, SegmentFiles.Log)).OfType<long>().DefaultIfEmpty(-1).Max();
        if (last < 0) return (-1, 0);
        using var file = directory.Disk.Open(SegmentFiles.Path(folder, last, SegmentFiles.Log), DiskMode.Open);
        return (last, file.Length);
    }
}
