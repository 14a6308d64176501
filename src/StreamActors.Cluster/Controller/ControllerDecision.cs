using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Cluster.Controller;

/// <summary>What the controller answers, and the records that make it so. No records: nothing changes, the answer may leave at once.</summary>
public readonly record struct ControllerDecision(IReadOnlyList<IRecordMessage> Records, IResponseMessage Response)
{
    public static ControllerDecision Only(IResponseMessage response) => new([], response);
}
