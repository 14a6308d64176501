using Microsoft.Win32.SafeHandles;
using StreamActors.Storage.Files;

namespace StreamActors.Simulation.Disk;

/// <summary>An open file, good until its process ends.</summary>
internal sealed class SimulatedFile(SimulatedDisk disk, string path, SimulatedContents contents) : IDiskFile
{
    private readonly int mount = disk.Mount;
    private bool closed;

    public long Length => Good().Length;

    public SafeFileHandle? Handle => null;

    public int Read(long position, Span<byte> destination) => Good().Read(position, destination);

    public void Write(long position, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        var whole = new byte[buffers.Sum(buffer => buffer.Length)];
        var end = 0;
        foreach (var buffer in buffers)
        {
            buffer.Span.CopyTo(whole.AsSpan(end));
            end += buffer.Length;
        }

        Write(position, whole);
    }

    public void Write(long position, ReadOnlySpan<byte> buffer)
    {
        try
        {
            Good();
            disk.Before(DiskOperation.Write, path);
        }
        catch (IOException) when (buffer.Length > 0)
        {
            contents.Write(position, buffer[..disk.Random.Next(buffer.Length)]);
            throw;
        }

        var fits = disk.Grow(contents.Length, position, buffer.Length);
        contents.Write(position, buffer[..fits]);
        contents.ModifiedMs = disk.Clock();
        if (fits < buffer.Length) throw disk.Full();
        disk.After(DiskOperation.Write, path);
    }

    public void SetLength(long length)
    {
        Good();
        disk.Before(DiskOperation.SetLength, path);
        contents.SetLength(length);
        contents.ModifiedMs = disk.Clock();
        disk.After(DiskOperation.SetLength, path);
    }

    public void Sync()
    {
        try
        {
            Good();
            disk.Before(DiskOperation.Sync, path);
        }
        catch (IOException)
        {
            contents.FailSync(disk.Random);
            throw;
        }

        if (!disk.Lies.HasFlag(DiskLies.Files)) contents.Sync();
        disk.After(DiskOperation.Sync, path);
    }

    public void Dispose() => closed = true;

    private SimulatedContents Good()
    {
        if (mount != disk.Mount) throw new ProcessKilledException();
        // Whoever reads a closed file has a bug of the kind that reads another file on a real system.
        ObjectDisposedException.ThrowIf(closed, this);
        return contents;
    }
}
