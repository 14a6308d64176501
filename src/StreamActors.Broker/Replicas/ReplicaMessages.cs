using System.Threading.Tasks.Sources;
using StreamActors.Cluster.Serialization;
using StreamActors.Protocol;

namespace StreamActors.Broker.Replicas;

/// <summary>To a replica from itself: all that has been held since the last one is written now.</summary>
internal sealed class Flush : ILocalMessage
{
    public static readonly Flush Instance = new();
}

/// <summary>To a replica from itself: open the log.</summary>
internal sealed class OpenLog : ILocalMessage
{
    public static readonly OpenLog Instance = new();
}

/// <summary>To a replica, at intervals: sleep if nobody needs you, sync if it is time.</summary>
internal sealed class Tidy : ILocalMessage
{
    public static readonly Tidy Instance = new();
}

/// <summary>To a replica from its shard: stop, since you asked to sleep, or since the node stops.</summary>
public sealed class StopReplica : ILocalMessage
{
    public static readonly StopReplica Instance = new();
}

/// <summary>To a replica: the controller's image has changed for you (role, epoch, in-sync set or settings).</summary>
internal sealed class ImageMoved : ILocalMessage
{
    public static readonly ImageMoved Instance = new();
}

/// <summary>To a replica that may be asleep: some of its segments are too old by now.</summary>
internal sealed class ApplyRetention : ILocalMessage
{
    public static readonly ApplyRetention Instance = new();
}

/// <summary>To a replica: the data folder that your log lies in has failed.</summary>
internal sealed class DirectoryFailed : ILocalMessage
{
    public static readonly DirectoryFailed Instance = new();
}

/// <summary>To a replica: your topic is gone; remove your data.</summary>
internal sealed class DeleteReplica : ILocalMessage
{
    public static readonly DeleteReplica Instance = new();
}

/// <summary>To a replica from the one that syncs: all below that offset is on the disk, or the disk failed.</summary>
internal sealed record Synced(Offset Below, Exception? Failure) : ILocalMessage;

/// <summary>To a replica: start of the log moves forward to that offset (-1: the high watermark).</summary>
public sealed class DeleteRecordsBefore(Offset offset) : ReplySlot<(ErrorCode Error, Offset LogStartOffset)>, IRefusable
{
    public Offset Offset { get; } = offset;

    public void Refuse(ErrorCode error) => Complete((error, new Offset(-1)));
}

/// <summary>To a replica through the region: answer when you serve, or say why you do not.</summary>
public sealed class WakeReplica : ReplySlot<ErrorCode>, IRefusable
{
    public void Refuse(ErrorCode error) => Complete(error == ErrorCode.NotLeaderOrFollower ? ErrorCode.ReplicaNotAvailable : error);
}

/// <summary>To the replica that leads a coordinator's partition: hand this on to the coordinator.</summary>
public sealed record Coordinate(Coordinators.ICoordinatorCommand Command) : IRefusable
{
    public void Refuse(ErrorCode error) => Command.Refuse(ErrorCode.NotCoordinator);
}

/// <summary>
/// A message whose answer is awaited outside the actors. Completing it twice does nothing the second time, so that a deadline
/// and an answer may race.
/// </summary>
public abstract class ReplySlot<T> : ILocalMessage, IValueTaskSource<T>
{
    private ManualResetValueTaskSourceCore<T> source = new() { RunContinuationsAsynchronously = true };
    private int completed;

    public ValueTask<T> Answer => new(this, source.Version);

    public void Complete(T answer)
    {
        if (Interlocked.Exchange(ref completed, 1) == 0) source.SetResult(answer);
    }

    T IValueTaskSource<T>.GetResult(short token) => source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => source.GetStatus(token);

    void IValueTaskSource<T>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        source.OnCompleted(continuation, state, token, flags);
}
