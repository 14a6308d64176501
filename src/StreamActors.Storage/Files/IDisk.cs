using Microsoft.Win32.SafeHandles;

namespace StreamActors.Storage.Files;

/// <summary>
/// The disk, as storage sees it: everything that is kept goes through here, so that a simulated one can tell apart what was
/// written and what was synced. Paths are absolute. All calls block; failures are <see cref="IOException"/>s.
/// </summary>
/// <remarks>
/// What survives a crash: a file's bytes that <see cref="IDiskFile.Sync"/> covered; names that were created, renamed or deleted before
/// <see cref="SyncDirectory"/> of their folder. Of anything else all, some or nothing.
/// </remarks>
public interface IDisk
{
    /// <summary>Opens a file for reading and writing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Whether it must, may or must not exist.</param>
    /// <param name="preallocate">Bytes for which room is set aside in a new file; its length stays 0.</param>
    IDiskFile Open(string path, DiskMode mode, long preallocate = 0);

    bool FileExists(string path);

    bool DirectoryExists(string path);

    /// <summary>Creates a folder and those above it; nothing happens where it exists.</summary>
    void CreateDirectory(string path);

    /// <summary>Deletes a file; nothing happens where there is none. Whoever has it open goes on reading it.</summary>
    void DeleteFile(string path);

    /// <summary>Deletes a folder and all that is in it.</summary>
    void DeleteDirectory(string path);

    /// <summary>Gives a file or folder another name, at once; a file that has that name is replaced.</summary>
    void Rename(string source, string destination);

    /// <summary>Makes the names in a folder durable.</summary>
    void SyncDirectory(string path);

    /// <summary>Names (not paths) of the files in a folder, in ordinal order.</summary>
    IReadOnlyList<string> ListFiles(string path);

    /// <summary>Names (not paths) of the folders in a folder, in ordinal order.</summary>
    IReadOnlyList<string> ListDirectories(string path);

    /// <summary>When a file was last written to, in ms since the epoch.</summary>
    long ModifiedMs(string path);

    /// <summary>Bytes that are still free where <paramref name="path"/> lies, and all of them.</summary>
    (long Free, long Total) Space(string path);

    /// <summary>Takes an exclusive lock, held until it is disposed or the process ends; null where somebody else has it.</summary>
    IDisposable? TryLock(string path);
}

public enum DiskMode
{
    Open,
    OpenOrCreate,

    /// <summary>A new file; an old one of that name is emptied.</summary>
    Create,
}

/// <summary>An open file. Reads may come from any thread; writes from one at a time.</summary>
public interface IDiskFile : IDisposable
{
    long Length { get; }

    /// <summary>Reads at a position, and returns how many bytes; fewer than asked for only at the file's end.</summary>
    int Read(long position, Span<byte> destination);

    /// <summary>Writes all of the buffers, one after the other, at a position. Where it throws, any part may have been written.</summary>
    void Write(long position, IReadOnlyList<ReadOnlyMemory<byte>> buffers);

    void Write(long position, ReadOnlySpan<byte> buffer);

    /// <summary>Cuts the file or extends it with zeros.</summary>
    void SetLength(long length);

    /// <summary>Makes all that was written durable (<c>fdatasync</c>). After a failure nobody knows what is on the disk.</summary>
    void Sync();

    /// <summary>The operating system's handle, for <c>sendfile</c>; null where there is none.</summary>
    SafeFileHandle? Handle { get; }
}
