namespace StreamActors.Protocol.Wire;

/// <summary>
/// Records that stay where they are (a log segment on disk) until the connection sends them. The wire writer puts their
/// length into the frame and leaves the bytes to the transport, which may use <c>sendfile</c>.
/// </summary>
public abstract class RecordsSource
{
    /// <summary>How many bytes there are.</summary>
    public abstract int Length { get; }

    /// <summary>Copies the bytes <c>[position, position + destination.Length)</c> of these records.</summary>
    public abstract void CopyTo(int position, Span<byte> destination);
}

/// <summary>
/// The value of a <c>records</c> field: null, a slice of memory (a received frame), or a source that is read when it is sent.
/// Never a copy.
/// </summary>
public readonly struct RecordsData : IEquatable<RecordsData>
{
    private readonly ReadOnlyMemory<byte> memory;
    private readonly object? tag;

    private static readonly object InMemory = new();

    public RecordsData(ReadOnlyMemory<byte> memory)
    {
        this.memory = memory;
        tag = InMemory;
    }

    public RecordsData(RecordsSource source) => tag = source;

    /// <summary>The default value: no records at all, which travels as length -1.</summary>
    public static RecordsData Null => default;

    public static RecordsData Empty => new(ReadOnlyMemory<byte>.Empty);

    public bool IsNull => tag is null;

    public int Length => tag is RecordsSource source ? source.Length : memory.Length;

    /// <summary>The source, or null where the bytes are in <see cref="Memory"/>.</summary>
    public RecordsSource? Source => tag as RecordsSource;

    /// <summary>The bytes in memory; empty for null and for a source.</summary>
    public ReadOnlyMemory<byte> Memory => memory;

    /// <summary>All bytes, wherever they are; allocates for a source.</summary>
    public byte[] ToArray()
    {
        if (tag is not RecordsSource source) return memory.ToArray();
        var bytes = new byte[source.Length];
        source.CopyTo(0, bytes);
        return bytes;
    }

    public bool Equals(RecordsData other) =>
        IsNull == other.IsNull && Length == other.Length && (ReferenceEquals(tag, other.tag) && tag is RecordsSource
            || ToArray().AsSpan().SequenceEqual(other.ToArray()));

    public override bool Equals(object? obj) => obj is RecordsData other && Equals(other);

    public override int GetHashCode() => Length;
}
