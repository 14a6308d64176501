using System.Buffers.Binary;
using System.Globalization;
using Akka.Persistence;
using Akka.Persistence.Snapshot;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Files;

namespace StreamActors.Cluster.Journal;

/// <summary>
/// The controller's snapshots: files <c>SEQUENCE-TIME.image</c> beside its log. Written under another name, synced, renamed;
/// a CRC-32C before the records says whether a file is whole. A damaged one is passed over for an older one.
/// </summary>
public sealed class LogSnapshotStore : SnapshotStore
{
    private const string Suffix = ".image";

    private readonly IDisk disk;
    private readonly string folder;

    public LogSnapshotStore()
    {
        var setup = JournalSetup.Of(Context.System);
        disk = setup.Directory.Disk;
        folder = Path.Combine(setup.Directory.Path, "__cluster_metadata-snapshots");
        try
        {
            disk.CreateDirectory(folder);
            disk.SyncDirectory(setup.Directory.Path);
        }
        catch (IOException failure)
        {
            // A store that does not start looks to the controller like one that is slow: it has to be said.
            setup.Directory.Fail(failure);
            throw;
        }
    }

    protected override Task<SelectedSnapshot?> LoadAsync(string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken)
    {
        foreach (var (sequence, time) in Matching(criteria).OrderByDescending(found => found.Sequence).ThenByDescending(found => found.Time))
        {
            if (Read(PathOf(sequence, time)) is not { } snapshot) continue;
            var metadata = new SnapshotMetadata(persistenceId, sequence, new DateTime(time, DateTimeKind.Utc));
            return Task.FromResult<SelectedSnapshot?>(new SelectedSnapshot(metadata, snapshot));
        }

        return Task.FromResult<SelectedSnapshot?>(null);
    }

    protected override Task SaveAsync(SnapshotMetadata metadata, object snapshot, CancellationToken cancellationToken)
    {
        var records = MetadataRecordCodec.Encode(((MetadataSnapshotRecords)snapshot).Records);
        var path = PathOf(metadata.SequenceNr, metadata.Timestamp.Ticks);
        var unfinished = path + ".tmp";
        var crc = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(crc, Crc32C.Compute(records));
        using (var file = disk.Open(unfinished, DiskMode.Create))
        {
            file.Write(0, [crc, records]);
            file.Sync();
        }

        disk.Rename(unfinished, path);
        disk.SyncDirectory(folder);
        return Task.CompletedTask;
    }

    protected override Task DeleteAsync(SnapshotMetadata metadata, CancellationToken cancellationToken) =>
        DeleteAsync(metadata.PersistenceId, new SnapshotSelectionCriteria(metadata.SequenceNr, DateTime.MaxValue, metadata.SequenceNr), cancellationToken);

    protected override Task DeleteAsync(string persistenceId, SnapshotSelectionCriteria criteria, CancellationToken cancellationToken)
    {
        foreach (var (sequence, time) in Matching(criteria)) disk.DeleteFile(PathOf(sequence, time));
        return Task.CompletedTask;
    }

    private MetadataSnapshotRecords? Read(string path)
    {
        using var file = disk.Open(path, DiskMode.Open);
        var bytes = new byte[file.Length];
        if (bytes.Length < sizeof(uint) || file.Read(0, bytes) != bytes.Length) return null;
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes) != Crc32C.Compute(bytes.AsSpan(sizeof(uint)))) return null;
        return new MetadataSnapshotRecords(MetadataRecordCodec.Decode(bytes.AsMemory(sizeof(uint))));
    }

    private IEnumerable<(long Sequence, long Time)> Matching(SnapshotSelectionCriteria criteria)
    {
        foreach (var name in disk.ListFiles(folder))
        {
            if (!name.EndsWith(Suffix, StringComparison.Ordinal)) continue;
            var parts = name[..^Suffix.Length].Split('-');
            if (parts.Length != 2 || !long.TryParse(parts[0], CultureInfo.InvariantCulture, out var sequence)) continue;
            if (!long.TryParse(parts[1], CultureInfo.InvariantCulture, out var time)) continue;
            if (sequence > criteria.MaxSequenceNr || sequence < criteria.MinSequenceNr || time > criteria.MaxTimeStamp.Ticks) continue;
            yield return (sequence, time);
        }
    }

    private string PathOf(long sequence, long time) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{sequence:00000000000000000000}-{time}{Suffix}"));
}
