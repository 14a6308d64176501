using StreamActors.Simulation.Engine;
using StreamActors.Storage.Files;

namespace StreamActors.Simulation.Disk;

/// <summary>
/// A machine's disk. It keeps what was written apart from what was synced: contents by file, names by folder. What lies between is
/// what a crash of the machine may lose, tear or reorder. The end of a process alone loses nothing.
/// </summary>
internal sealed class SimulatedDisk(WorldRandom random, Counters counters) : IDisk
{
    private static readonly char[] Separators = ['/', '\\'];

    private readonly SimulatedFolder root = new();
    private readonly HashSet<string> locks = new(StringComparer.Ordinal);

    /// <summary>Asked before each operation that changes something; null for a disk that never fails.</summary>
    public IDiskFaults? Faults { get; set; }

    /// <summary>Told of each operation that changes something: for whoever reads a trace.</summary>
    public Action<DiskOperation, string>? Log { get; set; }

    /// <summary>A planted bug: syncs return without syncing.</summary>
    public DiskLies Lies { get; set; }

    /// <summary>Bytes that files may still grow by; then the disk is full. What is deleted gives nothing back: a scenario makes room.</summary>
    public long Room { get; set; } = long.MaxValue;

    /// <summary>Told of a place that is about to be damaged, below whatever was synced: path, position, length.</summary>
    public Action<string, long, int>? Damages { get; set; }

    /// <summary>Whether a write that goes astray into a file, which held the first bytes and would hold the second, could be noticed at all; others do not happen.</summary>
    public Func<string, byte[], byte[], bool>? CanBeNoticed { get; set; }

    /// <summary>The time that files are stamped with, in ms since the epoch.</summary>
    public Func<long> Clock { get; init; } = () => 0;

    /// <summary>Counts starts of the process that has the disk: an older one's open files are no longer good.</summary>
    public int Mount { get; private set; }

    /// <summary>The process that had files and locks here is gone; the machine is not.</summary>
    public void ProcessEnded()
    {
        Mount++;
        locks.Clear();
    }

    /// <summary>The machine lost its power: what was not synced is lost, torn or reordered.</summary>
    public void Crash(CrashStyle style)
    {
        ProcessEnded();
        counters.Add($"crash.{style}");
        var stray = style == CrashStyle.Misdirected ? TakeUnsyncedWrite() : null;
        root.Crash(style, random, counters, new HashSet<SimulatedFolder>(), new HashSet<SimulatedContents>());
        if (stray is not null) Misdirect(stray);
    }

    /// <summary>The paths of all files, in order.</summary>
    public IEnumerable<string> AllFiles() => Walk(root, "").Select(file => file.Path);

    /// <summary>Flips a bit that was written long ago.</summary>
    public void Rot(string path, long position, int bit)
    {
        Damages?.Invoke(path, position, 1);
        ((SimulatedContents)Find(path)!).Rot(position, bit);
    }

    /// <summary>Puts back what a file held, as somebody with a copy of it would.</summary>
    public void Restore(string path, byte[] bytes)
    {
        var contents = (SimulatedContents)Find(path)!;
        contents.Write(0, bytes);
        contents.SetLength(bytes.Length);
        contents.Sync();
    }

    public IDiskFile Open(string path, DiskMode mode, long preallocate = 0)
    {
        var (folder, name) = Parent(path);
        var known = folder.Find(name);
        if (known is SimulatedFolder) throw new IOException($"{path} is a folder");
        if (known is null && mode == DiskMode.Open) throw new FileNotFoundException($"There is no {path}", path);
        var creates = known is null || mode == DiskMode.Create;
        if (creates) Before(DiskOperation.Create, path);
        if (known is null && Room <= 0) throw Full();
        var contents = known as SimulatedContents;
        if (contents is null) folder.Link(name, contents = new SimulatedContents());
        else if (mode == DiskMode.Create) contents.SetLength(0);
        if (creates) After(DiskOperation.Create, path);
        return new SimulatedFile(this, path, contents);
    }

    public bool FileExists(string path) => Find(path) is SimulatedContents;

    public bool DirectoryExists(string path) => Find(path) is SimulatedFolder;

    public void CreateDirectory(string path)
    {
        var folder = root;
        foreach (var name in Split(path))
        {
            var next = folder.Find(name);
            if (next is SimulatedContents) throw new IOException($"{path} leads through a file");
            if (next is null)
            {
                Before(DiskOperation.Create, path);
                folder.Link(name, next = new SimulatedFolder());
            }

            folder = (SimulatedFolder)next;
        }
    }

    public void DeleteFile(string path)
    {
        if (Find(path) is not SimulatedContents) return;
        Before(DiskOperation.Delete, path);
        var (folder, name) = Parent(path);
        folder.Unlink(name);
        After(DiskOperation.Delete, path);
    }

    public void DeleteDirectory(string path)
    {
        if (Find(path) is not SimulatedFolder folder) throw new DirectoryNotFoundException($"There is no {path}");
        foreach (var name in folder.Names.ToList())
        {
            if (folder.Find(name) is SimulatedFolder) DeleteDirectory(Path.Combine(path, name));
            else DeleteFile(Path.Combine(path, name));
        }

        Before(DiskOperation.Delete, path);
        var (parent, last) = Parent(path);
        parent.Unlink(last);
    }

    public void Rename(string source, string destination)
    {
        var (from, oldName) = Parent(source);
        var (to, newName) = Parent(destination);
        if (from != to) throw new NotSupportedException("Files move within their folder only");
        if (from.Find(oldName) is not { } node) throw new FileNotFoundException($"There is no {source}", source);
        if (node is SimulatedFolder && from.Find(newName) is not null) throw new IOException($"There is a {destination} already");
        Before(DiskOperation.Rename, source);
        from.Rename(oldName, newName, node);
        After(DiskOperation.Rename, source);
    }

    public void SyncDirectory(string path)
    {
        if (Find(path) is not SimulatedFolder folder) throw new DirectoryNotFoundException($"There is no {path}");
        Before(DiskOperation.SyncDirectory, path);
        if (!Lies.HasFlag(DiskLies.Names)) folder.Sync();
        After(DiskOperation.SyncDirectory, path);
    }

    public IReadOnlyList<string> ListFiles(string path) => List<SimulatedContents>(path);

    public IReadOnlyList<string> ListDirectories(string path) => List<SimulatedFolder>(path);

    public long ModifiedMs(string path) => ((SimulatedContents)Find(path)!).ModifiedMs;

    public (long Free, long Total) Space(string path) => (Math.Clamp(Room, 0, 1L << 39), 1L << 40);

    public IDisposable? TryLock(string path)
    {
        if (!locks.Add(path)) return null;
        if (Find(path) is null) Open(path, DiskMode.OpenOrCreate).Dispose();
        return new Lock(this, path, Mount);
    }

    internal WorldRandom Random => random;

    /// <summary>Throws where the operation fails, or where the process is killed before it.</summary>
    internal void Before(DiskOperation operation, string path)
    {
        Log?.Invoke(operation, path);
        if (Faults is not { } faults) return;
        var mount = Mount;
        if (faults.Before(operation, path) is { } failure)
        {
            counters.Add($"disk.{operation} failed");
            throw failure;
        }

        if (mount != Mount) throw new ProcessKilledException();
    }

    /// <summary>Throws where the process is killed right after the operation.</summary>
    internal void After(DiskOperation operation, string path)
    {
        var mount = Mount;
        Faults?.After(operation, path);
        if (mount != Mount) throw new ProcessKilledException();
    }

    /// <summary>Takes the room that a file needs to grow; how many of the bytes there is room for.</summary>
    internal int Grow(long length, long position, int bytes)
    {
        var more = Math.Max(0, position + bytes - length);
        if (more <= Room)
        {
            if (Room != long.MaxValue) Room -= more;
            return bytes;
        }

        var fits = (int)Math.Max(0, bytes - more + Room);
        Room = 0;
        return fits;
    }

    internal IOException Full()
    {
        counters.Add("disk.full");
        return DiskFull.Failure();
    }

    private byte[]? TakeUnsyncedWrite()
    {
        var candidates = Walk(root, "").Where(file => file.Contents.HasUnsyncedWrites).ToList();
        return candidates.Count == 0 ? null : random.Pick(candidates).Contents.TakeUnsyncedWrite(random);
    }

    /// <summary>
    /// Lets a write land where it was not meant to, in any file, at the start of a sector; but never a log's batch at the start of a log, nor the name of a topic over that of
    /// another, for nothing in them says of which log they are.
    /// </summary>
    private void Misdirect(byte[] bytes)
    {
        var victims = Walk(root, "").Where(file => file.Contents.Length > FirstSectorOf(file.Path, bytes) * SimulatedContents.Sector).ToList();
        if (victims.Count == 0) return;
        var (path, victim) = random.Pick(victims);
        var sectors = ((int)victim.Length + SimulatedContents.Sector - 1) / SimulatedContents.Sector;
        var position = random.Next(FirstSectorOf(path, bytes), sectors) * SimulatedContents.Sector;
        var length = (int)Math.Min(bytes.Length, victim.Length - position);
        var before = new byte[victim.Length];
        victim.Read(0, before);
        byte[] after = [.. before];
        bytes.AsSpan(0, length).CopyTo(after.AsSpan(position));
        if (CanBeNoticed is not null && !CanBeNoticed(path, before, after)) return;
        counters.Add("crash.misdirected writes");
        Damages?.Invoke(path, position, length);
        victim.Write(position, bytes.AsSpan(0, length));
        victim.Sync();
    }

    private static int FirstSectorOf(string path, ReadOnlySpan<byte> bytes) =>
        path.Contains(".log", StringComparison.Ordinal) || (path.EndsWith("partition.metadata", StringComparison.Ordinal) && bytes.StartsWith("version: 0\ntopic_id"u8)) ? 1 : 0;

    private static IEnumerable<(string Path, SimulatedContents Contents)> Walk(SimulatedFolder folder, string path)
    {
        foreach (var name in folder.Names)
        {
            if (folder.Find(name) is SimulatedContents contents) yield return ($"{path}/{name}", contents);
            else foreach (var file in Walk((SimulatedFolder)folder.Find(name)!, $"{path}/{name}")) yield return file;
        }
    }

    private List<string> List<TNode>(string path)
        where TNode : ISimulatedNode
    {
        if (Find(path) is not SimulatedFolder folder) throw new DirectoryNotFoundException($"There is no {path}");
        var names = folder.Names.Where(name => folder.Find(name) is TNode).ToList();
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    private ISimulatedNode? Find(string path)
    {
        ISimulatedNode? node = root;
        foreach (var name in Split(path)) node = (node as SimulatedFolder)?.Find(name);
        return node;
    }

    private (SimulatedFolder Folder, string Name) Parent(string path)
    {
        var cut = path.LastIndexOfAny(Separators);
        return Find(path[..Math.Max(cut, 0)]) is SimulatedFolder folder
            ? (folder, path[(cut + 1)..])
            : throw new DirectoryNotFoundException($"There is no folder for {path}");
    }

    private static string[] Split(string path) => path.Split(Separators, StringSplitOptions.RemoveEmptyEntries);

    private sealed class Lock(SimulatedDisk disk, string path, int mount) : IDisposable
    {
        public void Dispose()
        {
            if (disk.Mount == mount) disk.locks.Remove(path);
        }
    }
}

/// <summary>What a disk can be asked to do, and can fail at.</summary>
internal enum DiskOperation
{
    Write,
    SetLength,
    Sync,
    Create,
    Delete,
    Rename,
    SyncDirectory,
}

/// <summary>What a lying disk does not sync.</summary>
[Flags]
internal enum DiskLies
{
    None = 0,
    Files = 1,
    Names = 2,
}

/// <summary>What goes wrong with a disk. Either call may end the process that uses it (<see cref="SimulatedDisk.Crash"/>).</summary>
internal interface IDiskFaults
{
    /// <summary>The failure that the operation has, or null.</summary>
    IOException? Before(DiskOperation operation, string path);

    void After(DiskOperation operation, string path);
}

/// <summary>What becomes of unsynced changes in a crash of the machine.</summary>
internal enum CrashStyle
{
    /// <summary>None of them got to the disk.</summary>
    Lost,

    /// <summary>Of each file and folder the older ones did, in order; the last may be torn.</summary>
    Prefix,

    /// <summary>Any of them did, any may be torn, by sectors.</summary>
    Scattered,

    /// <summary>Any of them did, and in any order: an older write may cover a newer one.</summary>
    Reordered,

    /// <summary>Any of them did, and one landed somewhere else, even on what was synced.</summary>
    Misdirected,
}

/// <summary>Unwinds whatever the process was in the midst of when it was killed. Nobody is left to catch it.</summary>
internal sealed class ProcessKilledException() : Exception("The process was killed.");
