using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>Why a request is not granted, for the client's code and for whoever reads its log.</summary>
internal readonly record struct Refusal(ErrorCode Error, string Message)
{
    public ConsumerGroupHeartbeatResponse ToHeartbeat() => new() { ErrorCode = (short)Error, ErrorMessage = Message };
}
