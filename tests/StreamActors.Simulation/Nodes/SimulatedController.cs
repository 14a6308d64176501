using Akka.Actor;

namespace StreamActors.Simulation.Nodes;

/// <summary>In the place of Akka's singleton manager and proxy: runs the one controller, and starts it again after a pause when it has stopped.</summary>
internal sealed class SimulatedController(Func<Props> controller) : UntypedActor, IWithTimers
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private IActorRef? current;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Begin();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Terminated:
                current = null;
                Timers.StartSingleTimer(nameof(StartAgain), StartAgain.Instance, Pause);
                break;
            case StartAgain:
                Begin();
                break;
            // Nothing is kept for a controller that is away, as with the proxy: who wants an answer asks again.
            default:
                current?.Forward(message);
                break;
        }
    }

    private void Begin() => current = Context.Watch(Context.ActorOf(controller()));

    private sealed class StartAgain
    {
        public static readonly StartAgain Instance = new();
    }
}
