using System.Text;

namespace StreamActors.Protocol.Records;

/// <summary>A record as it lies in its batch; key, value and headers are slices of the batch's memory.</summary>
public readonly record struct Record(
    Offset Offset,
    TimestampMs Timestamp,
    ReadOnlyMemory<byte>? Key,
    ReadOnlyMemory<byte>? Value,
    RecordHeaders Headers);

/// <summary>A record's header. Keys are UTF-8, may be empty and may repeat; values may be null.</summary>
public readonly record struct RecordHeader(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte>? Value)
{
    public RecordHeader(string key, ReadOnlyMemory<byte>? value) : this(Encoding.UTF8.GetBytes(key), value)
    {
    }

    public string Name => Encoding.UTF8.GetString(Key.Span);
}

/// <summary>The headers of a record, decoded as they are walked over; their framing has been checked.</summary>
public readonly struct RecordHeaders(ReadOnlyMemory<byte> bytes, int count)
{
    public int Count => count;

    public Enumerator GetEnumerator() => new(bytes, count);

    public RecordHeader[] ToArray()
    {
        if (count == 0) return [];
        var headers = new RecordHeader[count];
        var index = 0;
        foreach (var header in this) headers[index++] = header;
        return headers;
    }

    public struct Enumerator(ReadOnlyMemory<byte> bytes, int count)
    {
        private int position;
        private int left = count;

        public RecordHeader Current { get; private set; }

        public bool MoveNext()
        {
            if (left-- <= 0) return false;
            Current = new RecordHeader(Next()!.Value, Next());
            return true;
        }

        private ReadOnlyMemory<byte>? Next()
        {
            Varints.TryReadInt(bytes.Span, ref position, out var length);
            if (length < 0) return null;
            var slice = bytes.Slice(position, length);
            position += length;
            return slice;
        }
    }
}
