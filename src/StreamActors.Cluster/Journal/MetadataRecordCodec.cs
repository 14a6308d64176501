using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Cluster.Journal;

/// <summary>
/// The stored form of the controller's records, frozen. A record is a frame as in Kafka's own metadata log: frame version 1,
/// the record's number and version as unsigned varints, its body. A list of them, where it is not a batch of the log, puts
/// each frame's length before it.
/// </summary>
public static class MetadataRecordCodec
{
    private const uint FrameVersion = 1;

    public static byte[] EncodeOne(IRecordMessage record)
    {
        var version = Version(record);
        using var writer = new WireWriter(64 + record.Size(version));
        writer.WriteUnsignedVarint(FrameVersion);
        writer.WriteUnsignedVarint((uint)record.RecordType);
        writer.WriteUnsignedVarint((uint)version);
        record.Write(writer, version);
        return writer.Written.ToArray();
    }

    public static IRecordMessage DecodeOne(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes);
        var frame = reader.ReadUnsignedVarint();
        if (frame != FrameVersion) throw new InvalidDataException($"A metadata record of frame version {frame}; known is {FrameVersion}.");
        var type = (short)reader.ReadUnsignedVarint();
        var version = (short)reader.ReadUnsignedVarint();
        return RecordMessages.ReadMetadata(type, version, ref reader)
            ?? throw new InvalidDataException($"A metadata record of the unknown type {type}; a newer release wrote it.");
    }

    public static byte[] Encode(IReadOnlyList<IRecordMessage> records)
    {
        using var writer = new WireWriter(64 * records.Count);
        foreach (var record in records)
        {
            var bytes = EncodeOne(record);
            writer.WriteUnsignedVarint((uint)bytes.Length);
            writer.WriteRaw(bytes);
        }

        return writer.Written.ToArray();
    }

    public static IReadOnlyList<IRecordMessage> Decode(ReadOnlyMemory<byte> bytes)
    {
        var records = new List<IRecordMessage>();
        while (bytes.Length > 0)
        {
            var reader = new WireReader(bytes);
            var length = (int)reader.ReadUnsignedVarint();
            if (length < 0 || length > reader.Remaining) throw new InvalidDataException("A list of metadata records is cut short.");
            records.Add(DecodeOne(reader.Rest[..length]));
            bytes = reader.Rest[length..];
        }

        return records;
    }

    /// <summary>The version that each record is written in; a newer one only once every node of a cluster reads it.</summary>
    private static short Version(IRecordMessage record) => record switch
    {
        RegisterBrokerRecord => 3,
        BrokerRegistrationChangeRecord => 2,
        PartitionRecord or PartitionChangeRecord => 0,
        _ => 0,
    };
}
