using System.Buffers;
using StreamActors.Protocol.Wire;

namespace StreamActors.Protocol.Transport;

/// <summary>Sends records the long way, through a pooled buffer: for TLS, for memory, and where there is no <c>sendfile</c>.</summary>
internal static class RecordsCopy
{
    private const int ReadPiece = 128 * 1024;

    /// <summary>What is copied once when <c>sendfile</c> finds the socket full.</summary>
    public const int WaitPiece = 16 * 1024;

    public static async ValueTask SendAsync(ITransportConnection connection, RecordsSource records, bool more)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Math.Min(ReadPiece, Math.Max(records.Length, 1)));
        try
        {
            for (var position = 0; position < records.Length;)
            {
                var length = Math.Min(buffer.Length, records.Length - position);
                records.CopyTo(position, buffer.AsSpan(0, length));
                position += length;
                await connection.SendAsync(buffer.AsMemory(0, length), more || position < records.Length);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
