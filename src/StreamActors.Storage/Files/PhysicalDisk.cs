using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace StreamActors.Storage.Files;

/// <summary>The operating system's disk.</summary>
public sealed partial class PhysicalDisk : IDisk
{
    public static readonly PhysicalDisk Instance = new();

    public IDiskFile Open(string path, DiskMode mode, long preallocate = 0)
    {
        var fileMode = mode switch
        {
            DiskMode.Open => FileMode.Open,
            DiskMode.OpenOrCreate => FileMode.OpenOrCreate,
            _ => FileMode.Create,
        };
        var handle = File.OpenHandle(
            path,
            fileMode,
            FileAccess.ReadWrite,
            FileShare.ReadWrite | FileShare.Delete,
            FileOptions.None,
            mode == DiskMode.Create ? preallocate : 0);
        return new PhysicalFile(handle);
    }

    public bool FileExists(string path) => File.Exists(path);

    public bool DirectoryExists(string path) => Directory.Exists(path);

    public void CreateDirectory(string path) => Directory.CreateDirectory(path);

    public void DeleteFile(string path) => File.Delete(path);

    public void DeleteDirectory(string path) => Directory.Delete(path, recursive: true);

    public void Rename(string source, string destination)
    {
        if (Directory.Exists(source)) Directory.Move(source, destination);
        else File.Move(source, destination, overwrite: true);
    }

    public void SyncDirectory(string path)
    {
        // Windows has no such thing: there NTFS journals names by itself.
        if (OperatingSystem.IsWindows()) return;
        var descriptor = OpenDescriptor(path, 0);
        if (descriptor < 0) throw new IOException($"Cannot open folder {path}: errno {Marshal.GetLastPInvokeError()}");
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (SyncDescriptor(descriptor) != 0) throw new IOException($"Cannot sync folder {path}: errno {Marshal.GetLastPInvokeError()}");
    }

    public IReadOnlyList<string> ListFiles(string path) => Names(Directory.EnumerateFiles(path));

    public IReadOnlyList<string> ListDirectories(string path) => Names(Directory.EnumerateDirectories(path));

    public long ModifiedMs(string path) => new DateTimeOffset(File.GetLastWriteTimeUtc(path)).ToUnixTimeMilliseconds();

    public (long Free, long Total) Space(string path)
    {
        var drive = new DriveInfo(path);
        return (drive.AvailableFreeSpace, drive.TotalSize);
    }

    public IDisposable? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    private static List<string> Names(IEnumerable<string> paths)
    {
        var names = paths.Select(path => Path.GetFileName(path)!).ToList();
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenDescriptor(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int SyncDescriptor(int descriptor);

    private sealed partial class PhysicalFile(SafeFileHandle handle) : IDiskFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public SafeFileHandle Handle => handle;

        public int Read(long position, Span<byte> destination)
        {
            var done = 0;
            while (done < destination.Length)
            {
                var read = RandomAccess.Read(handle, destination[done..], position + done);
                if (read == 0) break;
                done += read;
            }

            return done;
        }

        public void Write(long position, IReadOnlyList<ReadOnlyMemory<byte>> buffers) => RandomAccess.Write(handle, buffers, position);

        public void Write(long position, ReadOnlySpan<byte> buffer) => RandomAccess.Write(handle, buffer, position);

        public void SetLength(long length) => RandomAccess.SetLength(handle, length);

        public void Sync()
        {
            if (!OperatingSystem.IsLinux())
            {
                RandomAccess.FlushToDisk(handle);
                return;
            }

            // Of the metadata only the length matters, and fdatasync sees to that.
            var held = false;
            try
            {
                handle.DangerousAddRef(ref held);
                if (SyncData((int)handle.DangerousGetHandle()) != 0)
                    throw new IOException($"fdatasync: errno {Marshal.GetLastPInvokeError()}");
            }
            finally
            {
                if (held) handle.DangerousRelease();
            }
        }

        public void Dispose() => handle.Dispose();

        [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
        private static partial int SyncData(int descriptor);
    }
}
