using Akka.Actor;

namespace StreamActors.Cluster.Controller;

/// <summary>
/// Where the controller is, as far as this node knows: learnt from what it sends, forgotten when it falls silent. Not the
/// singleton proxy, since that one keeps requests for a controller that may come much later.
/// </summary>
public sealed class ControllerLink
{
    private volatile IActorRef? controller;

    public IActorRef? Controller => controller;

    internal void Found(IActorRef actor) => controller = actor;

    internal void Lost() => controller = null;
}
