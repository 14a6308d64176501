using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Segment;

/// <summary>
/// Reads whole batches of a segment's file one after the other, in pieces that are as large as the largest batch needs. Ends at the end, or
/// at what is no whole batch (<see cref="Error"/>). A batch's memory is good until the next one is asked for.
/// </summary>
internal sealed class BatchFileReader(IDiskFile file, long position, long end) : IDisposable
{
    private const int Piece = 256 * 1024;
    private readonly PooledBuffer buffer = new(Piece);
    private long bufferStart = position;
    private long next = position;

    public RecordBatch Current { get; private set; }

    /// <summary>Where the current batch begins.</summary>
    public long Position { get; private set; } = position;

    public BatchError Error { get; private set; }

    public bool MoveNext()
    {
        if (next >= end || Error != BatchError.None) return false;
        if (!Buffer(RecordBatchHeader.Size)) return Fail(BatchError.Incomplete);
        Error = RecordBatchReader.Check(Ahead.Span, out var size);
        if (Error == BatchError.Incomplete)
        {
            var needed = new RecordBatchHeader(Ahead.Span).SizeInBytes;
            if (needed <= 0 || needed > end - next || !Buffer(needed)) return false;
            Error = RecordBatchReader.Check(Ahead.Span, out size);
        }

        if (Error != BatchError.None) return false;
        Current = new RecordBatch(Ahead[..size]);
        Position = next;
        next += size;
        return true;
    }

    public void Dispose() => buffer.Dispose();

    private ReadOnlyMemory<byte> Ahead => buffer.Memory[(int)(next - bufferStart)..];

    private bool Buffer(int needed)
    {
        if (bufferStart + buffer.Length - next >= needed) return true;
        if (end - next < needed) return false;
        buffer.Clear();
        bufferStart = next;
        var span = buffer.GetSpan((int)Math.Min(end - next, Math.Max(needed, Piece)));
        buffer.Advance(file.Read(next, span[..(int)Math.Min(end - next, span.Length)]));
        return buffer.Length >= needed;
    }

    private bool Fail(BatchError error)
    {
        Error = error;
        return false;
    }
}
