using StreamActors.Protocol.Records;
using StreamActors.Simulation.Disk;
using StreamActors.Simulation.Engine;
using StreamActors.Storage.Checkpoints;
using StreamActors.Storage.Files;

namespace StreamActors.Simulation.Logs;

/// <summary>
/// Damages what was written long ago, a bit in a file that the seed picks, and tells the models what may be missing from then on, whether it was rot or a write
/// that went astray.
/// </summary>
internal sealed class DiskDamage
{
    /// <summary>Bytes of a batch's header that its CRC does not cover: the low half of its first offset, and the leader's epoch. Nobody could tell.</summary>
    private const int LowOffsetAt = 4;

    private const int EpochAt = 12;

    private readonly SimulatedDisk disk;
    private readonly IReadOnlyList<PartitionModel> models;
    private readonly WorldRandom random;
    private readonly Counters counters;
    private readonly Dictionary<string, byte[]> originals = new(StringComparer.Ordinal);

    public DiskDamage(SimulatedDisk disk, IReadOnlyList<PartitionModel> models, WorldRandom random, Counters counters)
    {
        this.disk = disk;
        this.models = models;
        this.random = random;
        this.counters = counters;
    }

    /// <summary>Every kind of file that a data folder has.</summary>
    public static readonly string[] Kinds =
    [
        ".log", ".index", ".timeindex", ".txnindex", ".snapshot", "leader-epoch-checkpoint", "partition.metadata", "meta.properties",
        "recovery-point-offset-checkpoint", "replication-offset-checkpoint", "log-start-offset-checkpoint", "cleaner-offset-checkpoint", "damaged-offsets",
    ];

    private static readonly (string Kind, double Chance)[] Preferred = [(".log", 0.3), (".txnindex", 0.2), ("damaged-offsets", 0.7)];

    /// <summary>Index files whose bytes are not those of the log any more.</summary>
    public HashSet<string> Indexes { get; } = new(StringComparer.Ordinal);

    public void Rot()
    {
        var files = disk.AllFiles().Where(path => Length(path) > 0).GroupBy(KindOf, StringComparer.Ordinal)
            .Where(group => group.Key.Length > 0).OrderBy(group => group.Key, StringComparer.Ordinal).ToList();
        if (files.Count == 0) return;
        // What few logs have is not to be passed over, and least of all what only those have whose records were damaged before.
        var kind = random.Pick(files);
        foreach (var (preferred, chance) in Preferred)
        {
            if (files.Find(group => group.Key == preferred) is { } group && random.Chance(chance)) kind = group;
        }

        var path = random.Pick(kind.ToList());
        var position = (long)random.Next((int)Length(path));
        if (kind.Key == ".log") position = Visible(Bytes(path), position);
        counters.Add($"rot.{kind.Key}");
        disk.Rot(path, position, random.Next(8));
    }

    /// <summary>What an operator does who has a copy of the small files that say whose the folders are. False where none of them was damaged.</summary>
    public bool Repair()
    {
        if (originals.Count == 0) return false;
        foreach (var (path, bytes) in originals.Select(original => (Now(original.Key), original.Value)).Where(original => disk.FileExists(original.Item1))) disk.Restore(path, bytes);
        originals.Clear();
        return true;
    }

    /// <summary>A folder that had lost its name to a move has it back.</summary>
    private string Now(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        return !disk.FileExists(path) && PartitionFolder.ParseHalfway(Path.GetFileName(folder)) is { } partition
            ? Path.Combine(Path.GetDirectoryName(folder)!, partition.ToString(), Path.GetFileName(path))
            : path;
    }

    private static string KindOf(string path) => Array.Find(Kinds, kind => path.EndsWith(kind, StringComparison.Ordinal)) ?? "";

    /// <summary>Moves a place out of the few bytes that no reader could find damaged.</summary>
    private static long Visible(byte[] bytes, long position)
    {
        for (var at = 0; at + RecordBatchHeader.Size <= bytes.Length;)
        {
            var size = new RecordBatchHeader(bytes.AsSpan(at)).SizeInBytes;
            if (size < RecordBatchHeader.Size || at + size > position)
            {
                var within = position - at;
                return within is >= LowOffsetAt and < 8 ? position - LowOffsetAt : within is >= EpochAt and < EpochAt + 4 ? position + 4 : position;
            }

            at += size;
        }

        return position;
    }

    /// <summary>Takes down what is about to be damaged.</summary>
    public void Note(string path, long position, int length)
    {
        var name = Path.GetFileName(path);
        var folder = Path.GetFileName(Path.GetDirectoryName(path))!;
        var model = models.FirstOrDefault(candidate => candidate.Partition == (PartitionFolder.ParseHalfway(folder) ?? PartitionFolder.Parse(folder)));
        if (name is "meta.properties" or "partition.metadata") originals.TryAdd(path, Bytes(path));
        if (name == "log-start-offset-checkpoint")
        {
            foreach (var each in models) each.StartDurable = 0;
        }

        if (model is null) return;
        var plain = name.Replace(".swap", "", StringComparison.Ordinal);
        model.WasDamaged |= plain.EndsWith(".log", StringComparison.Ordinal);
        if (plain.EndsWith(".log", StringComparison.Ordinal)) NoteBatches(model, long.Parse(name[..20]), Bytes(path), position, length);
        if (plain.EndsWith("index", StringComparison.Ordinal)) Indexes.Add(path.Replace(".swap", "", StringComparison.Ordinal));
        model.AreTimesDamaged |= plain.EndsWith(".timeindex", StringComparison.Ordinal);
        model.AreTransactionsDamaged |= plain.EndsWith(".txnindex", StringComparison.Ordinal);
        model.IsDamageForgotten |= plain == "damaged-offsets";
    }

    private static void NoteBatches(PartitionModel model, long baseOffset, byte[] bytes, long position, int length)
    {
        var next = baseOffset;
        for (var at = 0; at < bytes.Length;)
        {
            var rest = bytes.AsSpan(at);
            var isBatch = rest.Length >= RecordBatchHeader.Size && new RecordBatchHeader(rest) is var candidate && candidate.Magic == 2
                && candidate.SizeInBytes >= RecordBatchHeader.Size && candidate.SizeInBytes <= rest.Length;
            if (!isBatch)
            {
                // Nobody knows what is behind: it is torn, or damaged before.
                if (position + length > at) model.Damaged.Add((next, long.MaxValue));
                return;
            }

            var header = new RecordBatchHeader(rest);
            if (position < at + header.SizeInBytes && position + length > at) model.Damaged.Add((Math.Min(header.BaseOffset, next), header.NextOffset));
            next = header.NextOffset;
            at += header.SizeInBytes;
        }
    }

    private long Length(string path)
    {
        using var file = disk.Open(path, DiskMode.Open);
        return file.Length;
    }

    private byte[] Bytes(string path)
    {
        using var file = disk.Open(path, DiskMode.Open);
        var bytes = new byte[file.Length];
        file.Read(0, bytes);
        return bytes;
    }
}
