using StreamActors.Broker.Replicas;
using StreamActors.Protocol;
using StreamActors.Protocol.Wire;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>A request on its way to a group's coordinator; the gateway awaits <see cref="ReplySlot{T}.Answer"/>.</summary>
internal sealed class GroupCall(IRequestMessage request, RequestOrigin origin) : ReplySlot<IResponseMessage>, ICoordinatorCall<GroupCommand>
{
    public GroupCommand CommandFor(CallId call) => new(call, request, origin);

    public void Reply(object response) => Complete((IResponseMessage)response);

    public void Refuse(ErrorCode error) => Complete(GroupErrors.Response(request, error));
}
