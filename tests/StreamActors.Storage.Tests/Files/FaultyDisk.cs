using Microsoft.Win32.SafeHandles;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Tests.Files;

/// <summary>The real disk, until it is told to fail.</summary>
public sealed class FaultyDisk() : DelegatingDisk(PhysicalDisk.Instance)
{
    /// <summary>Bytes of log data that still fit; the write that does not is cut short and fails.</summary>
    public long? Room { get; set; }

    /// <summary>Whether indexes, snapshots and checkpoints need room too.</summary>
    public bool LimitsAllFiles { get; set; }

    public bool FailsWrite { get; set; }

    /// <summary>Whether syncing does nothing: for tests that look at what is in the files, and at thousands of them.</summary>
    public bool IgnoresSync { get; init; }

    public bool FailsSync { get; set; }

    public bool FailsTruncation { get; set; }

    /// <summary>How often files have been read.</summary>
    public int Reads { get; private set; }

    /// <summary>How often files have been synced.</summary>
    public int Syncs { get; private set; }

    /// <summary>What happens elsewhere just before a file is opened.</summary>
    public Action? BeforeOpen { get; set; }

    public override IDiskFile Open(string path, DiskMode mode, long preallocate = 0)
    {
        BeforeOpen?.Invoke();
        return new FaultyFile(this, Inner.Open(path, mode, preallocate));
    }

    public override void SyncDirectory(string path)
    {
        if (!IgnoresSync) Inner.SyncDirectory(path);
    }

    private sealed class FaultyFile(FaultyDisk owner, IDiskFile file) : IDiskFile
    {
        public long Length => file.Length;

        public SafeFileHandle? Handle => null;

        public int Read(long position, Span<byte> destination)
        {
            owner.Reads++;
            return file.Read(position, destination);
        }

        public void Write(long position, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
        {
            if (owner.FailsWrite) throw new IOException("Input/output error");
            foreach (var buffer in buffers)
            {
                var fits = (int)Math.Min(owner.Room ?? long.MaxValue, buffer.Length);
                file.Write(position, buffer.Span[..fits]);
                position += fits;
                owner.Room -= fits;
                if (fits < buffer.Length) throw DiskFull.Failure();
            }
        }

        public void Write(long position, ReadOnlySpan<byte> buffer)
        {
            var fits = owner.LimitsAllFiles ? (int)Math.Min(owner.Room ?? long.MaxValue, buffer.Length) : buffer.Length;
            file.Write(position, buffer[..fits]);
            if (owner.LimitsAllFiles) owner.Room -= fits;
            if (fits < buffer.Length) throw DiskFull.Failure();
        }

        public void SetLength(long length)
        {
            if (owner.FailsTruncation) throw new IOException("Input/output error");
            file.SetLength(length);
        }

        public void Sync()
        {
            owner.Syncs++;
            if (owner.FailsSync) throw new IOException("Input/output error");
            if (!owner.IgnoresSync) file.Sync();
        }

        public void Dispose() => file.Dispose();
    }
}
