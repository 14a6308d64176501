namespace StreamActors.Gateway.Connection;

/// <summary>Why a connection was closed. A closed set: each has its rule in docs/design/connections.md.</summary>
public enum CloseReason
{
    /// <summary>The client closed it, between two requests.</summary>
    EndOfStream,

    /// <summary>The client or the network ended it in the middle of something.</summary>
    Disconnected,

    /// <summary>A length that no request has: negative, or too short for a header.</summary>
    MalformedFrame,

    /// <summary>A frame larger than <c>socket.request.max.bytes</c>, or a first frame that no client starts with.</summary>
    FrameTooLarge,

    /// <summary>A request that cannot be read.</summary>
    MalformedRequest,

    /// <summary>An API or a version that this broker does not have.</summary>
    UnsupportedRequest,

    /// <summary>The TLS handshake took too long.</summary>
    OpenTimeout,

    /// <summary>Nothing came for <c>connections.max.idle.ms</c>.</summary>
    Idle,

    /// <summary>A frame began and did not go on, or too slowly.</summary>
    FrameTooSlow,

    /// <summary>The client does not read its answers.</summary>
    SlowReader,

    /// <summary>A produce with acks=0 failed: closing is the only answer there is.</summary>
    UnacknowledgedFailure,

    /// <summary><c>max.connections</c> or <c>max.connections.per.ip</c>.</summary>
    TooManyConnections,

    /// <summary>The listener stops.</summary>
    Stopping,

    /// <summary>A fault of ours.</summary>
    InternalError,
}
