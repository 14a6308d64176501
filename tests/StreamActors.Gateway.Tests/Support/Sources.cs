using Microsoft.Win32.SafeHandles;
using StreamActors.Protocol.Wire;

namespace StreamActors.Gateway.Tests.Support;

internal sealed class MemorySource(int length) : RecordsSource
{
    public override int Length => length;

    public override void CopyTo(int position, Span<byte> destination)
    {
        for (var i = 0; i < destination.Length; i++) destination[i] = (byte)(position + i);
    }
}

internal sealed class FileSource(SafeFileHandle handle, long position, int length) : FileRecordsSource
{
    public int Copied { get; private set; }

    public override SafeFileHandle? Handle => handle;

    public override long Position => position;

    public override int Length => length;

    public override void CopyTo(int at, Span<byte> destination)
    {
        Copied += destination.Length;
        var read = RandomAccess.Read(handle, destination, position + at);
        if (read != destination.Length) throw new EndOfStreamException();
    }
}
