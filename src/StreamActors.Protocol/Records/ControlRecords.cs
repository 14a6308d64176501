using System.Buffers.Binary;

namespace StreamActors.Protocol.Records;

/// <summary>What a control record says; the numbers are on disk.</summary>
public enum ControlRecordType : short
{
    Abort = 0,
    Commit = 1,
    LeaderChange = 2,
    SnapshotHeader = 3,
    SnapshotFooter = 4,
    KRaftVersion = 5,
    KRaftVoters = 6,
}

/// <summary>The end of a transaction in one partition, as its marker says it.</summary>
public readonly record struct EndTransactionMarker(ControlRecordType Type, int CoordinatorEpoch);

/// <summary>Reads and writes control records: keys of version and type, values of version and, in markers, the coordinator's epoch.</summary>
public static class ControlRecords
{
    /// <summary>The type that a control record's key names; null for keys that are too short or of a type that nobody knows.</summary>
    public static ControlRecordType? TypeOf(ReadOnlySpan<byte> key)
    {
        if (key.Length < 4) return null;
        var type = BinaryPrimitives.ReadInt16BigEndian(key[2..]);
        return type is >= (short)ControlRecordType.Abort and <= (short)ControlRecordType.KRaftVoters ? (ControlRecordType)type : null;
    }

    /// <summary>Reads a transaction marker out of a control batch; null for any other control record.</summary>
    public static EndTransactionMarker? ReadMarker(Record record)
    {
        if (record.Key is not { } key || record.Value is not { } value || value.Length < 6) return null;
        return TypeOf(key.Span) is ControlRecordType.Abort or ControlRecordType.Commit
            ? new EndTransactionMarker(TypeOf(key.Span)!.Value, BinaryPrimitives.ReadInt32BigEndian(value.Span[2..]))
            : null;
    }

    /// <summary>Reads the marker of a control batch, which holds one record and is never compressed; null where it is none.</summary>
    public static EndTransactionMarker? ReadMarker(RecordBatch batch)
    {
        if (!batch.Header.IsControl || batch.Open(0, out var opened) != BatchError.None) return null;
        var reader = opened.Read();
        return reader.MoveNext() ? ReadMarker(reader.Current) : null;
    }

    /// <summary>A control batch of one marker, as a coordinator has a partition's leader append it.</summary>
    public static byte[] BuildMarker(EndTransactionMarker marker, long producerId, short producerEpoch, TimestampMs timestamp, int leaderEpoch = -1)
    {
        using var builder = new RecordBatchBuilder
        {
            ProducerId = producerId,
            ProducerEpoch = producerEpoch,
            IsTransactional = true,
            IsControl = true,
            PartitionLeaderEpoch = leaderEpoch,
        };
        var key = new byte[4];
        var value = new byte[6];
        BinaryPrimitives.WriteInt16BigEndian(key.AsSpan(2), (short)marker.Type);
        BinaryPrimitives.WriteInt32BigEndian(value.AsSpan(2), marker.CoordinatorEpoch);
        builder.Append(timestamp, key, value);
        return builder.Build();
    }
}
