namespace StreamActors.Protocol.Records;

/// <summary>Walks over the records of an opened batch; ends at the last, or where one is wrong (<see cref="Error"/>).</summary>
public struct RecordReader
{
    private readonly ReadOnlyMemory<byte> payload;
    private readonly long baseOffset;
    private readonly long baseTimestamp;
    private readonly long? appendTime;
    private readonly int count;
    private int position;
    private int read;

    internal RecordReader(RecordBatchHeader header, ReadOnlyMemory<byte> payload)
    {
        this.payload = payload;
        baseOffset = header.BaseOffset;
        baseTimestamp = header.BaseTimestamp;
        appendTime = header.Attributes.TimestampType == TimestampType.LogAppendTime ? header.MaxTimestamp : null;
        count = header.Count;
    }

    public Record Current { get; private set; }

    public BatchError Error { get; private set; }

    public bool MoveNext()
    {
        // Like other readers, this one does not look behind the last record of a batch that says it has none.
        if (Error != BatchError.None || count == 0) return false;
        var cursor = new RecordCursor(payload.Span[position..], read < count ? 1 : 0);
        if (!cursor.MoveNext())
        {
            Error = cursor.Error;
            return false;
        }

        var bytes = payload[position..];
        Current = new Record(
            new Offset(baseOffset + cursor.OffsetDelta),
            new TimestampMs(appendTime ?? baseTimestamp + cursor.TimestampDelta),
            cursor.KeyLength < 0 ? default(ReadOnlyMemory<byte>?) : bytes.Slice(cursor.KeyAt, cursor.KeyLength),
            cursor.ValueLength < 0 ? default(ReadOnlyMemory<byte>?) : bytes.Slice(cursor.ValueAt, cursor.ValueLength),
            new RecordHeaders(bytes[cursor.HeadersAt..cursor.End], cursor.HeaderCount));
        position += cursor.End;
        read++;
        return true;
    }
}
