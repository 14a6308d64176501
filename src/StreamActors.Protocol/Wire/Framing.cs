using System.Buffers.Binary;
using StreamActors.Protocol.Messages;

namespace StreamActors.Protocol.Wire;

/// <summary>
/// A request or response as it travels: four bytes of length, header, body. It owns its memory; dispose it when it is sent.
/// Records that are on disk are not in <see cref="Memory"/> but in <see cref="Inserts"/>, in ascending order of position.
/// </summary>
public abstract class WireFrame : IDisposable
{
    private readonly WireWriter writer;

    private protected WireFrame(WireWriter writer) => this.writer = writer;

    public ReadOnlyMemory<byte> Memory => writer.Written;

    public IReadOnlyList<WireInsert> Inserts => writer.Inserts;

    /// <summary>All bytes that travel, with the length itself and the inserts.</summary>
    public long TotalLength => writer.Length;

    /// <summary>All bytes in an array, the inserts where they belong; allocates.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[TotalLength];
        var from = 0;
        var to = 0;
        foreach (var insert in Inserts)
        {
            Memory.Span[from..insert.Position].CopyTo(bytes.AsSpan(to));
            to += insert.Position - from;
            insert.Source.CopyTo(0, bytes.AsSpan(to, insert.Source.Length));
            to += insert.Source.Length;
            from = insert.Position;
        }

        Memory.Span[from..].CopyTo(bytes.AsSpan(to));
        return bytes;
    }

    public void Dispose()
    {
        foreach (var insert in Inserts) (insert.Source as IDisposable)?.Dispose();
        writer.Dispose();
    }

    private protected static WireWriter Frame(IApiMessage header, short headerVersion, IApiMessage body, short version)
    {
        var frame = new WireWriter();
        try
        {
            frame.WriteInt32(0);
            header.Write(frame, headerVersion);
            body.Write(frame, version);
            frame.PatchInt32(0, checked((int)(frame.Length - sizeof(int))));
            return frame;
        }
        catch
        {
            frame.Dispose();
            throw;
        }
    }
}

/// <summary>A response as it travels.</summary>
public sealed class ResponseFrame : WireFrame
{
    private ResponseFrame(WireWriter writer)
        : base(writer)
    {
    }

    public static ResponseFrame Create(short version, int correlationId, IResponseMessage body)
    {
        var header = new ResponseHeader { CorrelationId = correlationId };
        return new ResponseFrame(Frame(header, ApiKeys.Info(body.ApiKey).ResponseHeaderVersion(version), body, version));
    }
}

/// <summary>A request as it travels.</summary>
public sealed class RequestFrame : WireFrame
{
    private RequestFrame(WireWriter writer)
        : base(writer)
    {
    }

    public static RequestFrame Create(short version, int correlationId, string? clientId, IRequestMessage body)
    {
        var header = new RequestHeader
        {
            RequestApiKey = (short)body.ApiKey,
            RequestApiVersion = version,
            CorrelationId = correlationId,
            ClientId = clientId,
        };
        return new RequestFrame(Frame(header, ApiKeys.Info(body.ApiKey).RequestHeaderVersion(version), body, version));
    }
}

/// <summary>Reads the headers, whose version depends on what follows.</summary>
public static class FrameHeaders
{
    /// <summary>
    /// Reads a request's header (behind the length). The first four bytes, API and version, say which form it has; for an API or
    /// version that is not known it is read as if it had the newest form that is.
    /// </summary>
    public static RequestHeader ReadRequestHeader(ref WireReader reader)
    {
        var rest = reader.Rest.Span;
        if (rest.Length < 4) throw new WireFormatException(WireError.Truncated);
        var info = ApiKeys.Find(BinaryPrimitives.ReadInt16BigEndian(rest));
        var version = BinaryPrimitives.ReadInt16BigEndian(rest[2..]);
        return RequestHeader.Read(ref reader, info?.RequestHeaderVersion(version) ?? RequestHeader.HighestVersion);
    }

    public static ResponseHeader ReadResponseHeader(ref WireReader reader, ApiKey key, short version) =>
        ResponseHeader.Read(ref reader, ApiKeys.Info(key).ResponseHeaderVersion(version));
}
