namespace StreamActors.Storage.Files;

/// <summary>A disk whose segments' files are bounded in number; everything else goes straight through.</summary>
internal sealed class BoundedDisk(IDisk disk, OpenFiles files) : IDisk
{
    /// <summary>Opens a segment's file, bounded where the disk is.</summary>
    public static IDiskFile OpenSegmentFile(IDisk disk, string path, DiskMode mode = DiskMode.Open, long preallocate = 0) =>
        disk is BoundedDisk bounded ? bounded.OpenBounded(path, mode, preallocate) : disk.Open(path, mode, preallocate);

    public IDiskFile Open(string path, DiskMode mode, long preallocate = 0) => disk.Open(path, mode, preallocate);

    public bool FileExists(string path) => disk.FileExists(path);

    public bool DirectoryExists(string path) => disk.DirectoryExists(path);

    public void CreateDirectory(string path) => disk.CreateDirectory(path);

    public void DeleteFile(string path) => disk.DeleteFile(path);

    public void DeleteDirectory(string path) => disk.DeleteDirectory(path);

    public void Rename(string source, string destination) => disk.Rename(source, destination);

    public void SyncDirectory(string path) => disk.SyncDirectory(path);

    public IReadOnlyList<string> ListFiles(string path) => disk.ListFiles(path);

    public IReadOnlyList<string> ListDirectories(string path) => disk.ListDirectories(path);

    public (long Free, long Total) Space(string path) => disk.Space(path);

    public IDisposable? TryLock(string path) => disk.TryLock(path);

    private BoundedFile OpenBounded(string path, DiskMode mode, long preallocate)
    {
        var file = new BoundedFile(files, disk, path, disk.Open(path, mode, preallocate));
        files.Add(file);
        return file;
    }
}
