using Microsoft.Win32.SafeHandles;
using StreamActors.Protocol.Wire;

namespace StreamActors.Storage.Files;

/// <summary>
/// Whole record batches in a range of a segment's file. They stay readable when the segment is deleted meanwhile, since the file
/// stays open as long as somebody refers to it.
/// </summary>
public sealed class FileRecords(IDiskFile file, long position, int length) : FileRecordsSource
{
    public override SafeFileHandle? Handle => file.Handle;

    public override long Position => position;

    public override int Length => length;

    public override void CopyTo(int from, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)from, (uint)length, nameof(from));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, length - from, nameof(destination));
        if (file.Read(position + from, destination) != destination.Length)
            throw new IOException($"The file ends before the records in it do: {position + from} + {destination.Length}");
    }
}
