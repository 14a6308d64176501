using StreamActors.Protocol;
using StreamActors.Protocol.Records;

namespace StreamActors.Client.Consumer;

/// <summary>A record that was fetched. Key, value and headers are slices of the answer, valid for as long as they are held.</summary>
/// <param name="Partition">Where it comes from.</param>
/// <param name="Record">Offset, timestamp, key, value, headers.</param>
/// <param name="TimestampType">Who dated it.</param>
/// <param name="LeaderEpoch">The epoch of the leader that wrote it.</param>
public readonly record struct ConsumedRecord(TopicPartition Partition, Record Record, TimestampType TimestampType, LeaderEpoch LeaderEpoch)
{
    public Offset Offset => Record.Offset;

    public TimestampMs Timestamp => Record.Timestamp;

    public ReadOnlyMemory<byte>? Key => Record.Key;

    public ReadOnlyMemory<byte>? Value => Record.Value;

    public RecordHeaders Headers => Record.Headers;
}
