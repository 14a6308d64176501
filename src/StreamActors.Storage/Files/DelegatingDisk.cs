namespace StreamActors.Storage.Files;

/// <summary>Another disk, but for what a class that derives from this one does otherwise.</summary>
public abstract class DelegatingDisk(IDisk disk) : IDisk
{
    protected IDisk Inner => disk;

    public virtual IDiskFile Open(string path, DiskMode mode, long preallocate = 0) => disk.Open(path, mode, preallocate);

    public virtual bool FileExists(string path) => disk.FileExists(path);

    public virtual bool DirectoryExists(string path) => disk.DirectoryExists(path);

    public virtual void CreateDirectory(string path) => disk.CreateDirectory(path);

    public virtual void DeleteFile(string path) => disk.DeleteFile(path);

    public virtual void DeleteDirectory(string path) => disk.DeleteDirectory(path);

    public virtual void Rename(string source, string destination) => disk.Rename(source, destination);

    public virtual void SyncDirectory(string path) => disk.SyncDirectory(path);

    public virtual IReadOnlyList<string> ListFiles(string path) => disk.ListFiles(path);

    public virtual IReadOnlyList<string> ListDirectories(string path) => disk.ListDirectories(path);

    public virtual long ModifiedMs(string path) => disk.ModifiedMs(path);

    public virtual (long Free, long Total) Space(string path) => disk.Space(path);

    public virtual IDisposable? TryLock(string path) => disk.TryLock(path);
}
