using StreamActors.Broker.Replicas;
using StreamActors.Protocol;
using StreamActors.Storage;

namespace StreamActors.Broker.Coordinators;

/// <summary>The log of a coordinator's partition, to be replayed.</summary>
internal interface ICoordinatorLog
{
    Offset LogStartOffset { get; }

    Offset HighWatermark { get; }

    Offset LogEndOffset { get; }

    /// <summary>Whole batches from the one on that holds <paramref name="from"/>, up to the high watermark; empty where there are none.</summary>
    ReadOnlyMemory<byte> Read(Offset from, int maxBytes);
}

/// <summary>The log of a replica of this node.</summary>
internal sealed class ReplicaLog(ReplicaHandle replica) : ICoordinatorLog
{
    public Offset LogStartOffset => replica.View.LogStartOffset;

    public Offset HighWatermark => replica.View.HighWatermark;

    public Offset LogEndOffset => replica.View.LogEndOffset;

    public ReadOnlyMemory<byte> Read(Offset from, int maxBytes)
    {
        var result = replica.View.Read(from, maxBytes, minOneBatch: true, Isolation.Uncommitted);
        if (result.Error == ErrorCode.CorruptMessage) throw new InvalidDataException($"The log of {replica.Id} is damaged at offset {from}");
        return result.Error == ErrorCode.None ? result.Records.ToArray() : ReadOnlyMemory<byte>.Empty;
    }
}
