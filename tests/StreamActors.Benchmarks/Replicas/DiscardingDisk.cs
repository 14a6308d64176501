using Microsoft.Win32.SafeHandles;
using StreamActors.Storage.Files;

namespace StreamActors.Benchmarks.Replicas;

/// <summary>A disk that keeps nothing of the segments of one topic; all else goes to the real one.</summary>
internal sealed class DiscardingDisk(IDisk disk, string topic) : IDisk
{
    public IDiskFile Open(string path, DiskMode mode, long preallocate = 0) =>
        Path.GetFileName(Path.GetDirectoryName(path))!.StartsWith(topic + "-", StringComparison.Ordinal) && Path.GetExtension(path) is ".log" or ".index" or ".timeindex"
            ? new DiscardingFile()
            : disk.Open(path, mode, preallocate);

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

    private sealed class DiscardingFile : IDiskFile
    {
        public long Length { get; private set; }

        public SafeFileHandle? Handle => null;

        public int Read(long position, Span<byte> destination)
        {
            var length = (int)Math.Clamp(Length - position, 0, destination.Length);
            destination[..length].Clear();
            return length;
        }

        public void Write(long position, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
        {
            for (var index = 0; index < buffers.Count; index++) position += buffers[index].Length;
            Length = Math.Max(Length, position);
        }

        public void Write(long position, ReadOnlySpan<byte> buffer) => Length = Math.Max(Length, position + buffer.Length);

        public void SetLength(long length) => Length = length;

        public void Sync()
        {
        }

        public void Dispose()
        {
        }
    }
}
