namespace StreamActors.Protocol.Wire;

/// <summary>A tagged field that this release does not know: kept, and written again.</summary>
public readonly record struct UnknownTaggedField(uint Tag, ReadOnlyMemory<byte> Data);

/// <summary>What all generated classes have: room for tagged fields that nobody knows.</summary>
public abstract class WireStruct
{
    /// <summary>Null where there are none.</summary>
    public List<UnknownTaggedField>? UnknownTaggedFields { get; set; }
}

/// <summary>A message of the wire.</summary>
public interface IApiMessage
{
    void Write(WireWriter w, short version);

    /// <summary>The bytes that <see cref="Write"/> writes, counting those of inserts.</summary>
    int Size(short version);
}

/// <summary>A message whose class is known: for generic code.</summary>
public interface IApiMessage<TSelf> : IApiMessage
    where TSelf : IApiMessage<TSelf>
{
    static abstract short LowestVersion { get; }

    /// <summary>The highest version, be it stable or not (<see cref="ApiInfo.LatestStable"/>).</summary>
    static abstract short HighestVersion { get; }

    /// <summary>The first version with compact lengths and tagged fields; <see cref="short.MaxValue"/> where there is none.</summary>
    static abstract short FlexibleSince { get; }

    static abstract TSelf Read(ref WireReader r, short version);
}

public interface IRequestMessage : IApiMessage
{
    ApiKey ApiKey { get; }
}

public interface IResponseMessage : IApiMessage
{
    ApiKey ApiKey { get; }
}

/// <summary>A key or value in an internal topic, or a record of the controller.</summary>
public interface IRecordMessage : IApiMessage
{
    /// <summary>The number of its kind within its log.</summary>
    short RecordType { get; }
}
