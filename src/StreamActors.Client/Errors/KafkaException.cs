using StreamActors.Protocol;

namespace StreamActors.Client.Errors;

/// <summary>What can be done about an error.</summary>
public enum ErrorKind
{
    /// <summary>The same may succeed later; this client has tried for as long as it was allowed to.</summary>
    Retriable,

    /// <summary>The principal is not allowed to, or is not who it says.</summary>
    Authorization,

    /// <summary>Trying again is of no use.</summary>
    Fatal,
}

/// <summary>A request that failed, with Kafka's error code. Losses of connections are <see cref="ErrorCode.NetworkException"/>, deadlines <see cref="ErrorCode.RequestTimedOut"/>.</summary>
public sealed class KafkaException(ErrorCode code, string message, Exception? inner = null)
    : Exception($"{code.KafkaName()}: {message}", inner)
{
    public ErrorCode Code { get; } = code;

    public ErrorKind Kind => Code.Kind();

    /// <summary>The message without the error's name.</summary>
    public string Reason { get; } = message;

    internal static void ThrowIfError(short code, string what, string? brokerMessage = null)
    {
        if (code != 0) throw Of((ErrorCode)code, what, brokerMessage);
    }

    internal static KafkaException Of(ErrorCode code, string what, string? brokerMessage = null) =>
        new(code, $"{what}: {brokerMessage ?? code.DefaultMessage()}");
}
