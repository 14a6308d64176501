using Akka.Actor;
using Akka.Event;
using StreamActors.Cluster.Serialization;
using StreamActors.Protocol;
using StreamActors.Storage;

namespace StreamActors.Broker.Replicas;

/// <summary>
/// Moves replicas between data folders, one after the other: fills a copy from what the replica shows its readers while it goes on, and when it has
/// nearly all, tells the replica to take it. A move that is interrupted leaves a folder <c>...-future</c>, which the next start removes.
/// </summary>
/// <param name="bytesPerSecond">The limit in force (<c>replica.alter.log.dirs.io.max.bytes.per.second</c>).</param>
internal sealed class ReplicaMoverActor(ReplicaServices services, Func<long> bytesPerSecond) : UntypedActor, IWithTimers
{
    private const int StepBytes = 1 << 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly LinkedList<MoveReplica> waiting = new();
    private MoveReplica? current;
    private PartitionLog? future;
    private IActorRef? swapping;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PostStop()
    {
        // A replica that is just taking it has its log closed by now, or does not come to it any more.
        if (swapping is null) Drop();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case MoveReplica move: Take(move); break;
            case CopyStep when current is not null && swapping is null: Step(current); break;
            case LogSwapped swapped when swapped.Future == future: Swapped(swapped.IsDone); break;
            case Terminated terminated when terminated.ActorRef.Equals(swapping): Swapped(isDone: false); break;
        }
    }

    private void Take(MoveReplica move)
    {
        for (var node = waiting.First; node is not null; node = node.Next)
        {
            if (node.Value.Id == move.Id)
            {
                node.Value = move;
                return;
            }
        }

        waiting.AddLast(move);
        if (current is null) Next();
        else if (current.Id == move.Id && current.Destination != move.Destination && swapping is null) Next();
    }

    private void Next()
    {
        Drop();
        current = waiting.First?.Value;
        if (current is null) return;
        waiting.RemoveFirst();
        Self.Tell(CopyStep.Instance);
    }

    private void Step(MoveReplica move)
    {
        if (services.Placement(move.Id) is not { } placement || move.Destination.IsOffline)
        {
            Next();
            return;
        }

        if (!services.Directory.TryGet(move.Id, out var handle))
        {
            services.Directory.Region?.Tell(services.Self, move.Id, new WakeReplica(), ActorRefs.NoSender);
            Later(Pause);
            return;
        }

        if (handle.LogDirectory == move.Destination)
        {
            Next();
            return;
        }

        try
        {
            future ??= services.Logs.CreateFuture(placement, move.Destination);
            var copied = LogCopy.Step(handle.View, future, StepBytes, services.Now);
            if (handle.View.LogEndOffset <= future.View.LogEndOffset || copied == 0)
            {
                swapping = handle.Actor;
                Context.Watch(swapping);
                swapping.Tell(new SwapLog(future, Self));
                return;
            }

            var limit = bytesPerSecond();
            if (limit > 0 && limit < long.MaxValue) Later(TimeSpan.FromSeconds(Math.Min(60, (double)copied / limit)));
            else Self.Tell(CopyStep.Instance);
        }
        catch (IOException failure)
        {
            log.Error(failure, "{0} could not be moved to {1}.", move.Id, move.Destination.Path);
            Next();
        }
    }

    private void Swapped(bool isDone)
    {
        Context.Unwatch(swapping);
        swapping = null;
        if (isDone)
        {
            log.Info("{0} was moved to {1}.", current!.Id, current.Destination.Path);
            future = null;
            Next();
            return;
        }

        Later(Pause);
        // Where it got stuck half way the copy is closed: begin another.
        if (future is not null && !future.Directory.FutureLogs.Contains(future)) Drop();
    }

    private void Later(TimeSpan pause) => Timers.StartSingleTimer(nameof(CopyStep), CopyStep.Instance, pause);

    private void Drop()
    {
        if (future is null) return;
        try
        {
            future.Directory.DropFutureLog(future);
        }
        catch (IOException failure)
        {
            future.Directory.Fail(failure);
        }

        future = null;
    }

    private sealed class CopyStep : ILocalMessage
    {
        public static readonly CopyStep Instance = new();
    }
}
