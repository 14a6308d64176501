using System.Buffers.Binary;

namespace StreamActors.Protocol.Records;

/// <summary>
/// Walks over the batches of a <c>records</c> field or a piece of a segment. Ends at the end, at a batch that is not whole
/// (<see cref="Error"/> is then <see cref="BatchError.Incomplete"/>: ordinary at the end of a fetched slice), or at one that is wrong.
/// </summary>
public struct RecordBatchReader(ReadOnlyMemory<byte> data)
{
    private ReadOnlyMemory<byte> rest = data;

    public RecordBatch Current { get; private set; }

    public BatchError Error { get; private set; }

    /// <summary>Bytes not walked over yet.</summary>
    public readonly int Remaining => rest.Length;

    public bool MoveNext()
    {
        if (rest.IsEmpty || Error != BatchError.None) return false;
        Error = Check(rest.Span, out var size);
        if (Error != BatchError.None) return false;
        Current = new RecordBatch(rest[..size]);
        rest = rest[size..];
        return true;
    }

    /// <summary>Looks whether a whole batch of format 2 begins here; its size is told once its length is known.</summary>
    public static BatchError Check(ReadOnlySpan<byte> data, out int size)
    {
        size = 0;
        if (data.Length < RecordBatchHeader.MagicAt + 1) return BatchError.Incomplete;
        var length = BinaryPrimitives.ReadInt32BigEndian(data[RecordBatchHeader.LengthAt..]);
        var magic = data[RecordBatchHeader.MagicAt];
        // The least that any format's message has: 14 bytes.
        if (length < 14) return BatchError.LengthTooSmall;
        if (magic > 2) return BatchError.UnknownMagic;
        if (magic < 2) return length > data.Length - RecordBatchHeader.LogOverhead ? BatchError.Incomplete : BatchError.OldMagic;
        if (length < RecordBatchHeader.Size - RecordBatchHeader.LogOverhead) return BatchError.LengthTooSmall;
        if (length > data.Length - RecordBatchHeader.LogOverhead) return BatchError.Incomplete;
        size = length + RecordBatchHeader.LogOverhead;
        return BatchError.None;
    }
}
