using StreamActors.Protocol;

namespace StreamActors.Gateway.Apis;

/// <summary>What the handlers that pass their request on to the controller have in common.</summary>
internal static class ControllerForwarding
{
    /// <summary>The client's own time, within reason: what it does not wait for is of no use to it.</summary>
    public static TimeSpan Timeout(int timeoutMs) => TimeSpan.FromMilliseconds(Math.Clamp(timeoutMs, 1, 300_000));

    /// <summary>For requests that bring no time with them.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    /// <summary>What a client is told of a controller that did not answer: something that it tries again for.</summary>
    public static string Message(ErrorCode error) => error switch
    {
        ErrorCode.NotController => "The controller is not reachable at the moment; nothing was changed.",
        ErrorCode.RequestTimedOut => "The controller did not answer in time; the change may have been made.",
        _ => error.DefaultMessage(),
    };
}
