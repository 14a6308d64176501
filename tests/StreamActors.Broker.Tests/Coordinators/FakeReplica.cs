using Akka.Actor;
using StreamActors.Broker.Coordinators;
using StreamActors.Broker.Replicas;
using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage;

namespace StreamActors.Broker.Tests.Coordinators;

/// <summary>A log in memory, as a coordinator sees it.</summary>
internal sealed class MemoryLog : ICoordinatorLog
{
    private readonly Lock gate = new();
    private readonly List<(long BaseOffset, byte[] Batch)> batches = [];
    private long end;
    private long highWatermark;

    public Offset LogStartOffset => Offset.Zero;

    public Offset HighWatermark
    {
        get
        {
            lock (gate) return new Offset(highWatermark);
        }
    }

    public Offset LogEndOffset
    {
        get
        {
            lock (gate) return new Offset(end);
        }
    }

    public int BatchCount
    {
        get
        {
            lock (gate) return batches.Count;
        }
    }

    /// <summary>One batch in each read, so that a replay takes several.</summary>
    public ReadOnlyMemory<byte> Read(Offset from, int maxBytes)
    {
        lock (gate) return batches.FirstOrDefault(batch => batch.BaseOffset >= from.Value).Batch ?? ReadOnlyMemory<byte>.Empty;
    }

    public void Append(ReadOnlyMemory<byte> records)
    {
        var reader = new RecordBatchReader(records);
        lock (gate)
        {
            while (reader.MoveNext())
            {
                var batch = reader.Current.Memory.ToArray();
                RecordBatchStamp.OffsetAndEpoch(batch, end, 0);
                batches.Add((end, batch));
                end += reader.Current.Header.LastOffsetDelta + 1;
            }
        }
    }

    public void Commit()
    {
        lock (gate) highWatermark = end;
    }
}

/// <summary>The parent of a coordinator: appends for it, and commits or refuses when the test says so.</summary>
internal sealed class FakeReplica(Props coordinator, MemoryLog log) : UntypedActor
{
    private readonly Queue<CoordinatorAppend> unanswered = new();
    private IActorRef child = ActorRefs.Nobody;
    private bool commits = true;

    public sealed record CommitAlways(bool Yes);

    public sealed record CommitOldest;

    public sealed record RefuseNewest(ErrorCode Error);

    public sealed record LoseLeadership;

    protected override void PreStart() => child = Context.ActorOf(coordinator);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Coordinate command: child.Forward(command.Command); break;
            case CoordinatorAppend append:
                log.Append(append.Records);
                unanswered.Enqueue(append);
                if (commits) CommitAll();
                break;
            case CommitAlways how:
                commits = how.Yes;
                if (commits) CommitAll();
                break;
            case CommitOldest:
                log.Commit();
                Complete(unanswered.Dequeue());
                break;
            case RefuseNewest refuse:
                unanswered.Last().Complete(AppendOutcome.Failed(refuse.Error, null, Offset.Zero));
                unanswered.Clear();
                break;
            case LoseLeadership: Context.Stop(child); break;
        }
    }

    private void CommitAll()
    {
        log.Commit();
        while (unanswered.TryDequeue(out var append)) Complete(append);
    }

    private static void Complete(CoordinatorAppend append) =>
        append.Complete(new AppendOutcome(ErrorCode.None, Offset.Zero, Offset.Zero, TimestampMs.None, Offset.Zero));
}
