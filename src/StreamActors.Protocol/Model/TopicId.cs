using System.Buffers.Text;

namespace StreamActors.Protocol;

/// <summary>
/// A topic's 128-bit identity. It outlives the name: a topic that is deleted and created again has another one.
/// Written as Kafka does: 22 characters of URL-safe base64 over the sixteen bytes in network order.
/// </summary>
public readonly record struct TopicId(Guid Value) : IComparable<TopicId>
{
    public static readonly TopicId Zero = new(Guid.Empty);

    public bool IsZero => Value == Guid.Empty;

    public int CompareTo(TopicId other) => Value.CompareTo(other.Value);

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        Value.TryWriteBytes(bytes, bigEndian: true, out _);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads the 22 characters; false for anything else.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out TopicId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id = default;
        if (text.Length != 22 || !Base64Url.IsValid(text)) return false;
        if (!Base64Url.TryDecodeFromChars(text, bytes, out var written) || written != 16) return false;
        id = new TopicId(new Guid(bytes, bigEndian: true));
        return true;
    }
}

/// <summary>A partition of a topic, by the topic's name.</summary>
public readonly record struct TopicPartition(string Topic, int Partition)
{
    /// <summary>The name of the partition's folder, as on a Kafka broker's disk: <c>topic-partition</c>.</summary>
    public override string ToString() => $"{Topic}-{Partition}";
}

/// <summary>A partition of a topic, by the topic's id.</summary>
public readonly record struct TopicIdPartition(TopicId TopicId, int Partition)
{
    public override string ToString() => $"{TopicId}-{Partition}";
}
