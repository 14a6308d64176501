using System.Net;
using Microsoft.Extensions.Logging;

namespace StreamActors.Gateway.Connection;

/// <summary>What the gateway says, with stable event ids from 4000 on.</summary>
internal static partial class GatewayLog
{
    [LoggerMessage(4000, LogLevel.Information, "Listener {Listener} accepts on {EndPoints}")]
    public static partial void Listening(ILogger logger, string listener, string endPoints);

    [LoggerMessage(4001, LogLevel.Warning, "Listener {Listener} could not accept a connection; it tries again")]
    public static partial void AcceptFailed(ILogger logger, Exception exception, string listener);

    [LoggerMessage(4002, LogLevel.Debug, "Connection of {Remote} closed: {Reason}")]
    public static partial void Closed(ILogger logger, EndPoint? remote, CloseReason reason);

    [LoggerMessage(4003, LogLevel.Warning, "Connection of {Remote} closed: {Reason}")]
    public static partial void ClosedByRule(ILogger logger, EndPoint? remote, CloseReason reason);

    [LoggerMessage(4004, LogLevel.Error, "A request of {Remote} failed and its connection is closed")]
    public static partial void RequestFailed(ILogger logger, Exception exception, EndPoint? remote);

    [LoggerMessage(4005, LogLevel.Warning, "Listener {Listener} stops with {Count} connections still busy; they are cut off")]
    public static partial void CutOff(ILogger logger, string listener, int count);

    [LoggerMessage(4006, LogLevel.Error, "{Api} v{Version} of {Remote} failed; it is answered with UNKNOWN_SERVER_ERROR")]
    public static partial void ApiFailed(ILogger logger, Exception exception, string api, short version, EndPoint? remote);

    [LoggerMessage(4007, LogLevel.Information, "{Remote} sent {Api} v{Version} that cannot be read ({Error}); its connection is closed")]
    public static partial void Unreadable(ILogger logger, EndPoint? remote, short api, short version, string error);

    [LoggerMessage(4008, LogLevel.Information, "{Remote} asked for API {Api} v{Version}, which this broker does not have; its connection is closed")]
    public static partial void Unsupported(ILogger logger, EndPoint? remote, short api, short version);
}
