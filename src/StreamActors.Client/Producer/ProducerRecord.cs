using System.Text;
using StreamActors.Protocol;
using StreamActors.Protocol.Records;

namespace StreamActors.Client.Producer;

/// <summary>A record to be produced. Its memory is copied before <see cref="KafkaProducer.EnqueueAsync"/> is done.</summary>
public sealed record ProducerRecord(string Topic, ReadOnlyMemory<byte>? Key, ReadOnlyMemory<byte>? Value)
{
    public ProducerRecord(string topic, string? key, string? value)
        : this(topic, Bytes(key), Bytes(value))
    {
    }

    /// <summary>Null: found by the key, or by the producer where there is none.</summary>
    public int? Partition { get; init; }

    /// <summary>Null: the time at which it is enqueued.</summary>
    public TimestampMs? Timestamp { get; init; }

    public IReadOnlyList<RecordHeader> Headers { get; init; } = [];

    /// <summary>At most so many bytes of a batch, not compressed.</summary>
    internal int SizeBound
    {
        get
        {
            const int Lengths = 5 + 1 + 10 + 5 + 5 + 5 + 5;
            var size = Lengths + (Key?.Length ?? 0) + (Value?.Length ?? 0);
            foreach (var header in Headers) size += 10 + header.Key.Length + (header.Value?.Length ?? 0);
            return size;
        }
    }

    private static ReadOnlyMemory<byte>? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);
}

/// <summary>Where a record has landed.</summary>
/// <param name="Partition">The topic and partition.</param>
/// <param name="Offset">-1 where it is not known: without acks, or where the broker knows that it has the record but not where.</param>
/// <param name="Timestamp">The record's own, or the broker's where the topic has it so.</param>
public readonly record struct RecordMetadata(TopicPartition Partition, Offset Offset, TimestampMs Timestamp);
