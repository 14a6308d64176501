using Microsoft.Win32.SafeHandles;
using StreamActors.Simulation.Disk;
using StreamActors.Storage.Files;

namespace StreamActors.Simulation.Logs;

/// <summary>The disk as one process has it: when the process is dead, nothing that is still unwinding reaches the disk any more. What a planted bug does differently it overrides.</summary>
internal class ProcessDisk(SimulatedDisk disk) : IDisk
{
    private readonly int mount = disk.Mount;

    public virtual IDiskFile Open(string path, DiskMode mode, long preallocate = 0) => new ProcessFile(this, path, Alive().Open(path, mode, preallocate));

    public virtual bool FileExists(string path) => Alive().FileExists(path);

    public bool DirectoryExists(string path) => Alive().DirectoryExists(path);

    public void CreateDirectory(string path) => Alive().CreateDirectory(path);

    public virtual void DeleteFile(string path) => Alive().DeleteFile(path);

    public void DeleteDirectory(string path) => Alive().DeleteDirectory(path);

    public virtual void Rename(string source, string destination) => Alive().Rename(source, destination);

    public virtual void SyncDirectory(string path) => Alive().SyncDirectory(path);

    public IReadOnlyList<string> ListFiles(string path) => Alive().ListFiles(path);

    public IReadOnlyList<string> ListDirectories(string path) => Alive().ListDirectories(path);

    public long ModifiedMs(string path) => Alive().ModifiedMs(path);

    public (long Free, long Total) Space(string path) => Alive().Space(path);

    public IDisposable? TryLock(string path) => Alive().TryLock(path);

    protected SimulatedDisk Alive() => mount == disk.Mount ? disk : throw new ProcessKilledException();

    protected virtual void Sync(string path, IDiskFile file) => file.Sync();

    protected virtual void Cut(string path, IDiskFile file, long length) => file.SetLength(length);

    protected virtual void Write(string path, IDiskFile file, long position, ReadOnlySpan<byte> bytes) => file.Write(position, bytes);

    private sealed class ProcessFile(ProcessDisk disk, string path, IDiskFile file) : IDiskFile
    {
        public long Length => file.Length;

        public SafeFileHandle? Handle => null;

        public int Read(long position, Span<byte> destination) => file.Read(position, destination);

        public void Write(long position, IReadOnlyList<ReadOnlyMemory<byte>> buffers) => file.Write(position, buffers);

        public void Write(long position, ReadOnlySpan<byte> buffer) => disk.Write(path, file, position, buffer);

        public void SetLength(long length) => disk.Cut(path, file, length);

        public void Sync() => disk.Sync(path, file);

        public void Dispose() => file.Dispose();
    }
}
