using StreamActors.Protocol;

namespace StreamActors.Broker.Coordinators;

/// <summary>
/// A coordinator's state over one partition of its internal topic, without I/O, clock, randomness or tasks. What is durable
/// changes by <see cref="Apply"/> alone, the same live and on replay. What is not (who is waiting, and until when) changes in
/// <see cref="Decide"/> and <see cref="Tick"/>, and is lost with the leadership.
/// The caller applies a decision's records before it asks for the next decision.
/// </summary>
public interface ICoordinatorShard<in TCommand, TRecord>
{
    Decision<TRecord> Decide(TCommand command, TimestampMs now);

    /// <summary>Cannot fail, whatever the order of records in a log that was compacted.</summary>
    void Apply(TRecord record);

    /// <summary>All that is in the log has been applied: from now on there are decisions.</summary>
    void Loaded(TimestampMs now);

    /// <summary>Time has passed: decides what is due.</summary>
    Decision<TRecord> Tick(TimestampMs now);

    /// <summary>When to come back with <see cref="Tick"/>; null for never.</summary>
    TimestampMs? NextDeadline { get; }
}

/// <summary>How a coordinator's records lie in its topic.</summary>
public interface ICoordinatorCodec<TRecord>
{
    /// <summary>A value of null is a tombstone.</summary>
    (byte[] Key, byte[]? Value) Encode(TRecord record);

    /// <summary>False for a type of record that this coordinator does not know, and therefore skips. What it knows and cannot read is thrown.</summary>
    /// <exception cref="Protocol.Wire.WireFormatException">The bytes are not what their type says.</exception>
    bool TryDecode(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte>? value, out TRecord record);
}
