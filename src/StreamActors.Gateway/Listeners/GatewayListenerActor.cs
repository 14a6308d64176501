using Akka.Actor;

namespace StreamActors.Gateway.Listeners;

/// <summary>
/// <c>/user/gateway/&lt;listener&gt;</c>: owns a listener's accept loop, which is started again when it fails. Its connections are
/// plain objects (docs/decisions/0003) and outlive a restart.
/// </summary>
internal sealed class GatewayListenerActor(GatewayListener listener) : UntypedActor
{
    protected override void PreStart() => listener.AcceptAsync().PipeTo(Self, useConfigureAwait: true, success: () => AcceptEnded.InOrder, failure: e => new AcceptEnded(e));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case AcceptEnded { Cause: null }:
                // The listener drains its connections now; they are cut off when this actor stops, with the node.
                break;
            case AcceptEnded { Cause: { } cause }:
                throw new IOException($"Listener {listener.Name} stopped accepting.", cause);
            default:
                Unhandled(message);
                break;
        }
    }

    /// <summary>A restart leaves the connections alone.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
    }

    protected override void PostStop() => listener.Abort();

    private sealed record AcceptEnded(Exception? Cause)
    {
        public static readonly AcceptEnded InOrder = new((Exception?)null);
    }
}

/// <summary><c>/user/gateway</c>: one child for each listener.</summary>
internal sealed class GatewayActor(IReadOnlyList<GatewayListener> listeners) : UntypedActor
{
    protected override void PreStart()
    {
        foreach (var listener in listeners) Context.ActorOf(Props.CreateBy(new ListenerProducer(listener)), listener.Name);
    }

    protected override void OnReceive(object message) => Unhandled(message);

    protected override SupervisorStrategy SupervisorStrategy() =>
        new OneForOneStrategy(maxNrOfRetries: 10, withinTimeMilliseconds: 60_000, _ => Directive.Restart);

    private sealed class ListenerProducer(GatewayListener listener) : IIndirectActorProducer
    {
        public Type ActorType => typeof(GatewayListenerActor);

        public ActorBase Produce() => new GatewayListenerActor(listener);

        public void Release(ActorBase actor)
        {
        }
    }
}

internal sealed class GatewayProducer(IReadOnlyList<GatewayListener> listeners) : IIndirectActorProducer
{
    public Type ActorType => typeof(GatewayActor);

    public ActorBase Produce() => new GatewayActor(listeners);

    public void Release(ActorBase actor)
    {
    }
}
