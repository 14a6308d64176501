using StreamActors.Protocol.Wire;

namespace StreamActors.Gateway.Connection;

/// <summary>What a connection hands its frames to.</summary>
public interface IRequestProcessor
{
    /// <summary>
    /// Answers one request. The frame (without its length prefix) is the processor's until the task completes, and only until
    /// then. Null: there is no answer (acks=0). An exception closes the connection.
    /// </summary>
    ValueTask<ResponseFrame?> ProcessAsync(RequestContext context, ReadOnlyMemory<byte> frame);
}
