namespace StreamActors.Protocol.Records;

/// <summary>
/// Walks over the framing of records without touching keys and values: positions and lengths only. The one place that
/// knows how a record is laid out.
/// </summary>
public ref struct RecordCursor(ReadOnlySpan<byte> payload, int count)
{
    private readonly ReadOnlySpan<byte> bytes = payload;
    private int left = count;
    private int position;

    public BatchError Error { get; private set; }

    public long TimestampDelta { get; private set; }

    public int OffsetDelta { get; private set; }

    /// <summary>Where the key's bytes begin, and how many there are; any negative length means null.</summary>
    public int KeyAt { get; private set; }

    public int KeyLength { get; private set; }

    public int ValueAt { get; private set; }

    public int ValueLength { get; private set; }

    public int HeadersAt { get; private set; }

    public int HeaderCount { get; private set; }

    /// <summary>Where the current record begins, and the next one.</summary>
    public int Start { get; private set; }

    public readonly int End => position;

    /// <summary>False after the last record that was announced, or where the framing is wrong.</summary>
    public bool MoveNext()
    {
        if (Error != BatchError.None) return false;
        if (left <= 0)
        {
            if (position != bytes.Length) Error = BatchError.TooManyRecords;
            return false;
        }

        if (position == bytes.Length) return Fail(BatchError.TooFewRecords);
        Start = position;
        left--;
        if (!Varints.TryReadInt(bytes, ref position, out var length) || length < 0 || length > bytes.Length - position)
            return Fail(BatchError.BadRecordFraming);
        var record = bytes[..(position + length)];
        if (position >= record.Length) return Fail(BatchError.BadRecordFraming);
        position++;
        if (!Varints.TryReadLong(record, ref position, out var timestamp)
            || !Varints.TryReadInt(record, ref position, out var offset)
            || !TrySkip(record, out var keyAt, out var keyLength)
            || !TrySkip(record, out var valueAt, out var valueLength)
            || !Varints.TryReadInt(record, ref position, out var headers)
            || headers < 0)
        {
            return Fail(BatchError.BadRecordFraming);
        }

        TimestampDelta = timestamp;
        OffsetDelta = offset;
        KeyAt = keyAt;
        KeyLength = keyLength;
        ValueAt = valueAt;
        ValueLength = valueLength;
        HeadersAt = position;
        HeaderCount = headers;
        for (; headers > 0; headers--)
        {
            if (!TrySkip(record, out _, out var headerKeyLength)) return Fail(BatchError.BadRecordFraming);
            if (headerKeyLength < 0) return Fail(BatchError.NullHeaderKey);
            if (!TrySkip(record, out _, out _)) return Fail(BatchError.BadRecordFraming);
        }

        return position == record.Length || Fail(BatchError.BadRecordFraming);
    }

    private bool TrySkip(ReadOnlySpan<byte> record, out int at, out int length)
    {
        var read = Varints.TryReadInt(record, ref position, out length);
        at = position;
        if (!read || length > record.Length - position) return false;
        if (length > 0) position += length;
        return true;
    }

    private bool Fail(BatchError error)
    {
        Error = error;
        return false;
    }
}
