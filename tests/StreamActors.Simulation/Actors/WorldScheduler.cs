using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;
using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Actors;

/// <summary>Akka's scheduler on the World's heap of timers. It finds its process by the ticket that is in its configuration.</summary>
internal sealed class WorldScheduler(Config config, ILoggingAdapter log) : SchedulerBase(config, log)
{
    public SimulatedProcess Process { get; } = ProcessTickets.Redeem(config.GetInt(ProcessTickets.ConfigPath));

    public override TimeSpan MonotonicClock => Process.World.Elapsed;

    public override TimeSpan HighResMonotonicClock => Process.World.Elapsed;

    protected override DateTimeOffset TimeNow => Process.World.Now;

    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        After(delay, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleTellRepeatedly(
        TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Every(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) => After(delay, action, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) => After(delay, action.Run, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Every(initialDelay, interval, action, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Every(initialDelay, interval, action.Run, cancelable);

    private void After(TimeSpan delay, Action action, ICancelable? cancelable) => Process.World.EnqueueAt(
        Process.World.Elapsed + delay, Process, "scheduler", action, () => cancelable is { IsCancellationRequested: true });

    private void Every(TimeSpan delay, TimeSpan interval, Action action, ICancelable? cancelable) => After(
        delay,
        () =>
        {
            action();
            Every(interval, interval, action, cancelable);
        },
        cancelable);
}
