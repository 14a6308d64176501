using Microsoft.Win32.SafeHandles;
using StreamActors.Storage.Files;

namespace StreamActors.Benchmarks.Replicas;

/// <summary>A disk that keeps nothing of the segments of one topic; all else goes to the real one.</summary>
internal sealed class DiscardingDisk(IDisk disk, string topic) : DelegatingDisk(disk)
{
    public override IDiskFile Open(string path, DiskMode mode, long preallocate = 0) =>
        Path.GetFileName(Path.GetDirectoryName(path))!.StartsWith(topic + "-", StringComparison.Ordinal) && Path.GetExtension(path) is ".log" or ".index" or ".timeindex"
            ? new DiscardingFile()
            : Inner.Open(path, mode, preallocate);

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
