using Akka.Actor;
using Akka.Event;
using StreamActors.Cluster.Serialization;
using StreamActors.Protocol;
using StreamActors.Storage;

namespace StreamActors.Broker.Replicas;

/// <summary>
/// Moves replicas between data folders, one after the other: fills a copy from what the replica shows its readers while it goes on, and when it has
/// nearly all, tells the replica to take it. A move that a stop or a crash interrupts leaves a folder <c>...-future</c>, with which the next process goes on.
/// </summary>
/// <param name="bytesPerSecond">The limit in force (<c>replica.alter.log.dirs.io.max.bytes.per.second</c>).</param>
internal sealed class ReplicaMoverActor(ReplicaServices services, Func<long> bytesPerSecond) : UntypedActor, IWithTimers
{
    private const int StepBytes = 1 << 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly LinkedList<MoveReplica> waiting = new();
    private readonly Dictionary<TopicIdPartition, MoveReplica> resumed = [];
    private MoveReplica? current;
    private LogCopy? copy;
    private IActorRef? swapping;
    private bool isStopping;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreRestart(Exception reason, object message)
    {
        foreach (var begun in resumed.Values) Self.Tell(begun);
        if (current is not null) Self.Tell(copy is null ? current : current with { Left = Path.GetFileName(copy.Log.Folder) });
        foreach (var move in waiting) Self.Tell(move);
        base.PreRestart(reason, message);
    }

    protected override void PostStop()
    {
        // A replica that is just taking it has its log closed by now, or does not come to it any more.
        if (swapping is null) Close();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case MoveReplica move: Take(move); break;
            case CopyStep when current is not null && swapping is null: Step(current); break;
            case LogSwapped swapped when copy is not null && swapped.Copy == copy: Swapped(swapped.IsDone); break;
            case Terminated terminated when terminated.ActorRef.Equals(swapping): Swapped(isDone: false); break;
            case StopMoves:
                isStopping = true;
                if (swapping is null) Context.Stop(Self);
                break;
        }
    }

    private void Take(MoveReplica move)
    {
        if (move.Left is not null) resumed[move.Id] = move;
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

    /// <summary>The current one has ended, done or given up.</summary>
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
            copy ??= services.Logs.OpenCopy(placement, move.Destination, TakeLeft(move));
            var copied = copy.Step(handle.Log, StepBytes, services.Now);
            if (handle.View.LogEndOffset <= copy.Log.View.LogEndOffset || copied == 0)
            {
                swapping = handle.Actor;
                Context.Watch(swapping);
                swapping.Tell(new SwapLog(copy, Self));
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
            copy = null;
        }

        if (isStopping) Context.Stop(Self);
        else if (isDone || copy!.Log.IsClosed) Next();
        else Later(Pause);
    }

    private void Later(TimeSpan pause) => Timers.StartSingleTimer(nameof(CopyStep), CopyStep.Instance, pause);

    /// <summary>What an interrupted move has left is gone on with, or removed where it is to go elsewhere by now.</summary>
    private string? TakeLeft(MoveReplica move)
    {
        if (!resumed.Remove(move.Id, out var begun)) return null;
        if (begun.Destination == move.Destination) return begun.Left;
        begun.Destination.Halfway.RemoveFuture(begun.Left!);
        return null;
    }

    private void Drop() => OnCopy(move =>
    {
        copy?.Drop();
        if (resumed.Remove(move.Id, out var begun)) begun.Destination.Halfway.RemoveFuture(begun.Left!);
    });

    private void Close() => OnCopy(_ =>
    {
        if (copy is { Log: { IsClosed: false, IsOffline: false } }) copy.Close();
    });

    private void OnCopy(Action<MoveReplica> act)
    {
        if (current is null) return;
        try
        {
            act(current);
        }
        catch (IOException failure)
        {
            current.Destination.Fail(failure);
        }

        copy = null;
    }

    private sealed class CopyStep : ILocalMessage
    {
        public static readonly CopyStep Instance = new();
    }
}
