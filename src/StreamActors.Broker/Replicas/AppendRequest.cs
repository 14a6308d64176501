using System.Threading.Tasks.Sources;
using Akka.Actor;
using StreamActors.Protocol;
using StreamActors.Storage;

namespace StreamActors.Broker.Replicas;

/// <summary>Who has to have a record before its producer is answered; the numbers are the protocol's.</summary>
public enum RequiredAcks : short
{
    All = -1,
    None = 0,
    Leader = 1,
}

/// <summary>
/// Records for a partition's leader, and the slot that its answer goes into. It carries pooled memory, so it cannot leave the
/// node; the memory is the replica's until the answer.
/// </summary>
public abstract class AppendRequest : AppendItem, IRefusable
{
    public RequiredAcks Acks { get; protected set; } = RequiredAcks.All;

    /// <summary>The offset that the high watermark has to reach for an answer; set by the replica.</summary>
    internal Offset AnswerAt { get; set; }

    public void Refuse(ErrorCode error) => Complete(AppendOutcome.Refused(error));

    /// <summary>Answers, once; from the replica's thread.</summary>
    public abstract void Complete(in AppendOutcome outcome);
}

/// <summary>An append that somebody awaits outside the actors: a pooled value-task source, no <c>Ask</c>.</summary>
public sealed class AwaitedAppend : AppendRequest, IValueTaskSource<AppendOutcome>
{
    [ThreadStatic]
    private static Stack<AwaitedAppend>? pool;

    private ManualResetValueTaskSourceCore<AppendOutcome> source = new() { RunContinuationsAsynchronously = true };

    /// <summary>One to be told to a replica and awaited exactly once by <see cref="Answer"/>; the await gives it back to the pool.</summary>
    public static AwaitedAppend Rent(Memory<byte> records, RequiredAcks acks)
    {
        var append = pool is { Count: > 0 } ? pool.Pop() : new AwaitedAppend();
        append.Records = records;
        append.Acks = acks;
        return append;
    }

    public ValueTask<AppendOutcome> Answer => new(this, source.Version);

    public override void Complete(in AppendOutcome outcome) => source.SetResult(outcome);

    AppendOutcome IValueTaskSource<AppendOutcome>.GetResult(short token)
    {
        var outcome = source.GetResult(token);
        source.Reset();
        Records = default;
        AnswerAt = default;
        pool ??= new Stack<AwaitedAppend>();
        if (pool.Count < 256) pool.Push(this);
        return outcome;
    }

    ValueTaskSourceStatus IValueTaskSource<AppendOutcome>.GetStatus(short token) => source.GetStatus(token);

    void IValueTaskSource<AppendOutcome>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        source.OnCompleted(continuation, state, token, flags);
}

/// <summary>An append by an actor of this node, a coordinator: the answer is a message.</summary>
public sealed class CoordinatorAppend : AppendRequest
{
    private readonly IActorRef writer;

    public CoordinatorAppend(IActorRef writer, Memory<byte> records)
    {
        this.writer = writer;
        Records = records;
    }

    public override void Complete(in AppendOutcome outcome) => writer.Tell(new CoordinatorAppended(this, outcome));
}

/// <summary>A coordinator's records are committed, or were refused.</summary>
public sealed record CoordinatorAppended(CoordinatorAppend Append, AppendOutcome Outcome) : Cluster.Serialization.ILocalMessage;
