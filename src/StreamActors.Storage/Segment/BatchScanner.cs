using StreamActors.Protocol.Records;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Segment;

/// <summary>
/// Walks over the headers of the batches in a segment's file, from one batch's start on, reading as little as it can. What it finds is
/// trusted, but for its length: a batch that does not fit ends the walk as <see cref="IsBroken"/>.
/// </summary>
internal ref struct BatchScanner(IDiskFile file, long position, long end, Span<byte> buffer)
{
    /// <summary>A size for the buffer: the distance between two index entries is about this.</summary>
    public const int BufferSize = 4096;

    private readonly Span<byte> buffer = buffer;
    private long bufferStart;
    private int buffered;
    private long next = position;

    /// <summary>Where the current batch begins, and its bytes.</summary>
    public long Position { get; private set; }

    public int Size { get; private set; }

    public readonly long End => Position + Size;

    public bool IsBroken { get; private set; }

    public readonly RecordBatchHeader Header => new(buffer[(int)(Position - bufferStart)..]);

    public bool MoveNext()
    {
        var left = end - next;
        if (left == 0 || IsBroken) return false;
        if (left < RecordBatchHeader.Size || !TryBuffer()) return Break();
        var header = new RecordBatchHeader(buffer[(int)(next - bufferStart)..]);
        var size = header.BatchLength + (long)RecordBatchHeader.LogOverhead;
        if (header.Magic != 2 || size < RecordBatchHeader.Size || size > left) return Break();
        Position = next;
        Size = (int)size;
        next += size;
        return true;
    }

    private bool TryBuffer()
    {
        if (next >= bufferStart && next + RecordBatchHeader.Size <= bufferStart + buffered) return true;
        bufferStart = next;
        buffered = file.Read(next, buffer[..(int)Math.Min(buffer.Length, end - next)]);
        return buffered >= RecordBatchHeader.Size;
    }

    private bool Break()
    {
        IsBroken = true;
        return false;
    }
}
