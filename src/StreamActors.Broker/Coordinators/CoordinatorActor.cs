using Akka.Actor;
using Akka.Event;
using StreamActors.Broker.Replicas;
using StreamActors.Cluster.Serialization;
using StreamActors.Protocol;

namespace StreamActors.Broker.Coordinators;

/// <summary>
/// Around a coordinator's core: a child of the replica that leads the partition. It replays the partition, then decides; a
/// decision's records are applied at once and appended through the parent, and what the decision wants to say is said when
/// they are committed. So decisions see what is on its way, and nobody hears of what is not committed. Should an append fail,
/// what was seen was wrong: everybody who waits is sent away and the log is replayed.
/// </summary>
internal sealed class CoordinatorActor<TCommand, TRecord> : UntypedActor, IWithTimers
{
    private static readonly TimeSpan CommitPoll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan ReplayAfterFailure = TimeSpan.FromSeconds(1);

    private readonly CoordinatorOptions<TCommand, TRecord> options;
    private readonly ILoggingAdapter logger = Context.GetLogger();
    private readonly Dictionary<CallId, ICoordinatorCall<TCommand>> open = [];
    private readonly Queue<ICoordinatorCall<TCommand>> held = new();
    private readonly InFlight inFlight = new();
    private readonly List<Effect> released = [];
    private ICoordinatorShard<TCommand, TRecord> shard;
    private CoordinatorReplay<TCommand, TRecord> replay = null!;
    private Offset? replayEnd;
    private TimestampMs? wakeAt;
    private long calls;

    public CoordinatorActor(CoordinatorOptions<TCommand, TRecord> options)
    {
        this.options = options;
        shard = options.NewShard();
    }

    public ITimerScheduler Timers { get; set; } = null!;

    private TimestampMs Now => TimestampMs.Of(options.Clock.GetUtcNow());

    protected override void PreStart() => Load();

    protected override void PostStop()
    {
        RefuseOpen(ErrorCode.NotCoordinator);
        RefuseHeld(ErrorCode.NotCoordinator);
    }

    protected override void OnReceive(object message) => Loading(message);

    private void Load()
    {
        shard = options.NewShard();
        replay = new CoordinatorReplay<TCommand, TRecord>(shard, options.Codec);
        replayEnd = null;
        wakeAt = null;
        Timers.Cancel(nameof(Wake));
        Become(Loading);
        Self.Tell(Replay.Instance);
    }

    private void Loading(object message)
    {
        switch (message)
        {
            case ICoordinatorCall<TCommand> call when held.Count < options.MaxHeldCalls: held.Enqueue(call); break;
            case ICoordinatorCommand call: call.Refuse(ErrorCode.CoordinatorLoadInProgress); break;
            case CoordinatorAppended appended:
                if (inFlight.Forget(appended.Append) && inFlight.IsEmpty) Self.Tell(Replay.Instance);
                break;
            case Replay when inFlight.IsEmpty: ReplaySlice(); break;
        }
    }

    /// <summary>
    /// A slice in each turn, up to what was the end of the log when it began; all of that is committed before the first decision, since a
    /// decision tells of it.
    /// </summary>
    private void ReplaySlice()
    {
        var log = options.Log;
        if (replayEnd is null)
        {
            replayEnd = log.LogEndOffset;
            replay.StartAt(log.LogStartOffset);
        }

        if (log.HighWatermark < replayEnd.Value)
        {
            Timers.StartSingleTimer(nameof(Replay), Replay.Instance, CommitPoll);
            return;
        }

        try
        {
            var before = replay.Position;
            var slice = before < replayEnd.Value ? log.Read(before, options.ReplayBytes) : ReadOnlyMemory<byte>.Empty;
            if (slice.IsEmpty) Serve();
            else
            {
                replay.Apply(slice);
                if (replay.Position <= before) throw new InvalidDataException($"The log gives nothing whole at offset {before}.");
                Self.Tell(Replay.Instance);
            }
        }
        catch (InvalidDataException damage)
        {
            // Going on without what cannot be read would take offsets and members away from their groups, silently.
            logger.Error(damage, "{0} cannot be replayed; its coordinator is not available.", Self.Path);
            Become(Broken);
            RefuseHeld(ErrorCode.CoordinatorNotAvailable);
        }
    }

    private static void Broken(object message)
    {
        if (message is ICoordinatorCommand call) call.Refuse(ErrorCode.CoordinatorNotAvailable);
    }

    private void Serve()
    {
        logger.Info("{0} replayed {1} records ({2} skipped) up to offset {3}.", Self.Path, replay.Applied, replay.Skipped, replay.Position);
        shard.Loaded(Now);
        Become(Serving);
        while (held.TryDequeue(out var call)) Self.Tell(call, ActorRefs.NoSender);
        Arm();
    }

    private void Serving(object message)
    {
        try
        {
            switch (message)
            {
                case ICoordinatorCall<TCommand> call: Decide(call); break;
                case CoordinatorAppended appended: OnAppended(appended); break;
                case Wake: OnWake(); break;
            }
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // Not a restart by the supervisor: records that are on their way have to be in the log before it is replayed.
            logger.Error(failure, "{0} failed at {1}.", Self.Path, message.GetType().Name);
            GiveUp(ErrorCode.UnknownServerError);
            Timers.StartSingleTimer(nameof(Wake), Reload.Instance, ReplayAfterFailure);
            Become(Failed);
        }
    }

    private void Failed(object message)
    {
        switch (message)
        {
            case Reload: Load(); break;
            case CoordinatorAppended appended: inFlight.Forget(appended.Append); break;
            case ICoordinatorCommand call: call.Refuse(ErrorCode.CoordinatorNotAvailable); break;
        }
    }

    private void Decide(ICoordinatorCall<TCommand> call)
    {
        var id = new CallId(++calls);
        open.Add(id, call);
        Carry(shard.Decide(call.CommandFor(id), Now));
    }

    private void OnWake()
    {
        wakeAt = null;
        Carry(shard.Tick(Now));
    }

    private void Carry(Decision<TRecord> decision)
    {
        if (!decision.Records.IsEmpty)
        {
            var append = new CoordinatorAppend(Self, CoordinatorBatches.Build(decision.Records, options.Codec, Now, options.MaxBatchBytes));
            inFlight.Add(append, []);
            foreach (var record in decision.Records) shard.Apply(record);
            Context.Parent.Tell(append);
        }

        foreach (var effect in decision.Effects)
        {
            if (inFlight.IsEmpty || effect is Reply { AtOnce: true }) Run(effect);
            else inFlight.AddToLast(effect);
        }

        Arm();
    }

    private void OnAppended(CoordinatorAppended appended)
    {
        if (appended.Outcome.Error != ErrorCode.None)
        {
            if (!inFlight.Forget(appended.Append)) return;
            logger.Warning("{0} could not append: {1}. It replays its log.", Self.Path, appended.Outcome.Error);
            GiveUp(appended.Outcome.Error is ErrorCode.NotLeaderOrFollower or ErrorCode.KafkaStorageError
                ? ErrorCode.NotCoordinator
                : ErrorCode.CoordinatorNotAvailable);
            Load();
            return;
        }

        if (!inFlight.Commit(appended.Append, released)) return;
        foreach (var effect in released) Run(effect);
        released.Clear();
    }

    private void Run(Effect effect)
    {
        if (effect is not Reply reply) throw new InvalidOperationException($"Nobody here knows how to do {effect.GetType().Name}");
        if (open.Remove(reply.Call, out var call)) call.Reply(reply.Response);
    }

    private void Arm()
    {
        if (shard.NextDeadline is not { } next || (wakeAt is { } at && at.Value <= next.Value)) return;
        wakeAt = next;
        // Timers count in milliseconds and may be early by a part of one.
        Timers.StartSingleTimer(nameof(Wake), Wake.Instance, TimeSpan.FromMilliseconds(Math.Clamp(next.Value - Now.Value, 1, int.MaxValue)));
    }

    private void GiveUp(ErrorCode error)
    {
        released.Clear();
        inFlight.DropEffects();
        RefuseOpen(error);
    }

    private void RefuseOpen(ErrorCode error)
    {
        foreach (var call in open.Values) call.Refuse(error);
        open.Clear();
    }

    private void RefuseHeld(ErrorCode error)
    {
        while (held.TryDequeue(out var call)) call.Refuse(error);
    }

    /// <summary>From itself: replay on.</summary>
    private sealed class Replay : ILocalMessage
    {
        public static readonly Replay Instance = new();
    }

    /// <summary>From its timer: something is due.</summary>
    private sealed class Wake : ILocalMessage
    {
        public static readonly Wake Instance = new();
    }

    /// <summary>From its timer: the pause after a failure is over.</summary>
    private sealed class Reload : ILocalMessage
    {
        public static readonly Reload Instance = new();
    }
}
