using System.Buffers.Binary;
using StreamActors.Protocol.Transport;
using StreamActors.Protocol.Wire;

namespace StreamActors.Client.Connections;

/// <summary>
/// Cuts the stream into answers. Each is an array of its own, since records that were fetched stay slices of it for as long
/// as anybody holds them.
/// </summary>
internal static class ResponseFrames
{
    /// <summary>Up to here an announced length is believed at once; beyond it memory grows with what has come.</summary>
    private const int BelievedLength = 4 << 20;

    /// <summary>The next answer without its length; null where the stream ends between two.</summary>
    public static async ValueTask<byte[]?> ReadAsync(ITransportConnection connection, int maxBytes)
    {
        var prefix = new byte[sizeof(int)];
        var got = await FillAsync(connection, prefix, 0);
        if (got == 0) return null;
        var length = got < prefix.Length ? 0 : BinaryPrimitives.ReadInt32BigEndian(prefix);
        if (got < prefix.Length) throw new WireFormatException(WireError.Truncated);
        if (length < sizeof(int)) throw new WireFormatException(WireError.NegativeLength);
        if (length > maxBytes) throw new WireFormatException(WireError.LengthBeyondFrame);

        var frame = new byte[Math.Min(length, BelievedLength)];
        got = await FillAsync(connection, frame, 0);
        while (got == frame.Length && got < length)
        {
            Array.Resize(ref frame, (int)Math.Min(length, frame.Length * 2L));
            got = await FillAsync(connection, frame, got);
        }

        return got == length ? frame : throw new WireFormatException(WireError.Truncated);
    }

    private static async ValueTask<int> FillAsync(ITransportConnection connection, byte[] buffer, int from)
    {
        while (from < buffer.Length)
        {
            var received = await connection.ReceiveAsync(buffer.AsMemory(from));
            if (received == 0) break;
            from += received;
        }

        return from;
    }
}
