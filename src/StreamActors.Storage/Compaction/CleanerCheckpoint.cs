using System.Collections.Concurrent;
using StreamActors.Protocol;
using StreamActors.Storage.Checkpoints;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Compaction;

/// <summary>
/// Where compaction has got to in each log of a data folder: <c>cleaner-offset-checkpoint</c>. Too low an offset costs another look at what was
/// compacted, so it is written when a pass ends and when a log is cut, and may be lost at any time. Thread-safe.
/// </summary>
internal sealed class CleanerCheckpoint
{
    private readonly IDisk disk;
    private readonly string path;
    private readonly ConcurrentDictionary<TopicPartition, Offset> firstDirty;
    private readonly Lock saving = new();

    public CleanerCheckpoint(IDisk disk, string folder)
    {
        this.disk = disk;
        path = Path.Combine(folder, "cleaner-offset-checkpoint");
        firstDirty = new(OffsetCheckpoint.Read(disk, path));
    }

    public Offset Get(TopicPartition partition) => firstDirty.GetValueOrDefault(partition);

    public void Set(TopicPartition partition, Offset offset)
    {
        firstDirty[partition] = offset;
        Save();
    }

    /// <summary>A log was cut: what is written from there on is dirty.</summary>
    public void Lower(TopicPartition partition, Offset end)
    {
        if (Get(partition) > end) Set(partition, end);
    }

    /// <summary>A log is gone; one of its name begins anew.</summary>
    public void Forget(TopicPartition partition)
    {
        if (firstDirty.TryRemove(partition, out _)) Save();
    }

    private void Save()
    {
        lock (saving)
        {
            OffsetCheckpoint.Write(
                disk, path, firstDirty.OrderBy(entry => entry.Key.ToString(), StringComparer.Ordinal).Select(entry => (entry.Key, entry.Value)));
        }
    }
}
