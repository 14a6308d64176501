using StreamActors.Protocol.Transport;
using StreamActors.Protocol.Wire;

namespace StreamActors.Gateway.Connection;

/// <summary>Sends a frame's memory and, where they belong, the records that are not in memory.</summary>
internal static class ResponseSender
{
    public static async ValueTask SendAsync(ITransportConnection connection, WireFrame frame)
    {
        var (memory, inserts, sent) = (frame.Memory, frame.Inserts, 0);
        for (var i = 0; i < inserts.Count; i++)
        {
            var (position, source) = inserts[i];
            if (position > sent) await connection.SendAsync(memory[sent..position], more: true);
            sent = position;
            await connection.SendAsync(source, more: sent < memory.Length);
        }

        if (sent < memory.Length) await connection.SendAsync(memory[sent..]);
    }
}
