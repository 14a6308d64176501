using Akka.Actor;
using Akka.Serialization;

namespace StreamActors.Cluster.Journal;

/// <summary>
/// Events and snapshots for journals that store bytes (<c>Akka.Persistence.Sql</c>): the same frozen record format as on our
/// own log (<see cref="MetadataRecordCodec"/>). It never travels between nodes.
/// </summary>
public sealed class MetadataEventSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private const string EventManifest = "E";
    private const string SnapshotManifest = "S";

    /// <summary>Frozen: it is stored.</summary>
    public override int Identifier => 7002;

    public override string Manifest(object o) => o switch
    {
        MetadataEvent => EventManifest,
        MetadataSnapshotRecords => SnapshotManifest,
        _ => throw new Serialization.RefusedTypeException(o?.GetType()),
    };

    public override byte[] ToBinary(object obj) => obj switch
    {
        MetadataEvent stored => MetadataRecordCodec.Encode(stored.Records),
        MetadataSnapshotRecords stored => MetadataRecordCodec.Encode(stored.Records),
        _ => throw new Serialization.RefusedTypeException(obj?.GetType()),
    };

    public override object FromBinary(byte[] bytes, string manifest) => manifest switch
    {
        EventManifest => new MetadataEvent(MetadataRecordCodec.Decode(bytes)),
        SnapshotManifest => new MetadataSnapshotRecords(MetadataRecordCodec.Decode(bytes)),
        _ => throw new Serialization.RefusedTypeException(null),
    };
}
