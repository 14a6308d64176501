using Microsoft.Win32.SafeHandles;

namespace StreamActors.Storage.Files;

/// <summary>A file that <see cref="OpenFiles"/> may close while nobody uses it, and that opens itself again. Kept open (<see cref="Keep"/>) it is like any other.</summary>
internal sealed class BoundedFile(OpenFiles files, IDisk disk, string path, IDiskFile opened) : IDiskFile
{
    private readonly Lock changing = new();
    private IDiskFile? open = opened;
    private volatile bool isKept;
    private volatile bool isClosed;

    /// <summary>Its place among those that may be closed; -1 for none. Belongs to <see cref="OpenFiles"/>.</summary>
    public int Slot { get; set; } = -1;

    public bool WasUsed { get; set; } = true;

    public bool IsEvictable => !isKept && !isClosed && Volatile.Read(ref open) is not null;

    public SafeFileHandle? Handle => Now().Handle;

    public long Length
    {
        get
        {
            while (true)
            {
                var file = Now();
                try
                {
                    return file.Length;
                }
                catch (ObjectDisposedException) when (WasEvicted(file))
                {
                }
            }
        }
    }

    public int Read(long position, Span<byte> destination)
    {
        while (true)
        {
            var file = Now();
            try
            {
                return file.Read(position, destination);
            }
            catch (ObjectDisposedException) when (WasEvicted(file))
            {
            }
        }
    }

    public void Sync()
    {
        while (true)
        {
            var file = Now();
            try
            {
                file.Sync();
                return;
            }
            catch (ObjectDisposedException) when (WasEvicted(file))
            {
            }
        }
    }

    /// <summary>Only the active segment is written to, which is kept open.</summary>
    public void Write(long position, IReadOnlyList<ReadOnlyMemory<byte>> buffers) => Now().Write(position, buffers);

    public void Write(long position, ReadOnlySpan<byte> buffer) => Now().Write(position, buffer);

    public void SetLength(long length) => Now().SetLength(length);

    /// <summary>From now on it stays open: it is written to, or will soon not be found under its name any more.</summary>
    public void Keep()
    {
        isKept = true;
        files.Remove(this);
        Now();
    }

    public void LetGo()
    {
        isKept = false;
        files.Add(this);
    }

    public void Dispose()
    {
        lock (changing)
        {
            isClosed = true;
            open?.Dispose();
            open = null;
        }

        files.Remove(this);
    }

    internal bool TryEvict()
    {
        lock (changing)
        {
            if (!IsEvictable) return false;
            open!.Dispose();
            open = null;
            return true;
        }
    }

    private bool WasEvicted(IDiskFile file) => !isClosed && !ReferenceEquals(Volatile.Read(ref open), file);

    private IDiskFile Now()
    {
        if (!WasUsed) WasUsed = true;
        if (Volatile.Read(ref open) is { } file) return file;
        lock (changing)
        {
            ObjectDisposedException.ThrowIf(isClosed, this);
            file = open ??= disk.Open(path, DiskMode.Open);
        }

        files.Add(this);
        return file;
    }
}
