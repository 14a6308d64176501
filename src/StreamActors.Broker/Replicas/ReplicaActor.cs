using Akka.Actor;
using Akka.Event;
using StreamActors.Broker.Cleaning;
using StreamActors.Cluster.Serialization;
using StreamActors.Protocol;
using StreamActors.Storage;
using StreamActors.Storage.Recovery;

namespace StreamActors.Broker.Replicas;

/// <summary>
/// A replica of a partition: the only writer of its log. It opens the log, takes the role that the image gives it, and holds
/// what arrives until its own <see cref="Flush"/> comes round: then all of it is one gathered write.
/// A failure restarts it after a growing pause; whoever waited is told.
/// </summary>
internal sealed class ReplicaActor : UntypedActor, IWithUnboundedStash, IWithTimers
{
    private static readonly TimeSpan TidyInterval = TimeSpan.FromSeconds(1);

    private readonly ReplicaServices services;
    private readonly TopicIdPartition id;
    private readonly ILoggingAdapter logger = Context.GetLogger();
    private readonly List<AppendRequest> held = [];
    private readonly Queue<AppendRequest> unanswered = new();
    private AppendItem[] gathered = new AppendItem[4];
    private PartitionLog? log;
    private ReplicaHandle? handle;
    private IActorRef? coordinator;
    private Offset synced;
    private long heldBytes;
    private bool syncing;
    private bool deleted;
    private bool failed;
    private TimeSpan lastSync;
    private TimeSpan lastRetention;
    private TimeSpan openedAt;

    public ReplicaActor(ReplicaServices services, TopicIdPartition id)
    {
        this.services = services;
        this.id = id;
    }

    public IStash Stash { get; set; } = null!;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Self.Tell(OpenLog.Instance);

    protected override void PostRestart(Exception reason)
    {
        logger.Error(reason, "Replica {0} failed and is started again.", id);
        Timers.StartSingleTimer(nameof(OpenLog), OpenLog.Instance, services.Backoffs.Next(id));
    }

    protected override void PreRestart(Exception reason, object message)
    {
        failed = true;
        if (message is IRefusable request) request.Refuse(ErrorCode.KafkaStorageError);
        base.PreRestart(reason, message);
    }

    protected override void PostStop()
    {
        if (handle is not null)
        {
            services.Directory.Leave(handle);
            handle.Publish(ReplicaRole.Offline, handle.LeaderEpoch, handle.Config);
            handle.Appended.Raise();
        }

        foreach (var append in held) append.Refuse(ErrorCode.NotLeaderOrFollower);
        foreach (var append in unanswered) append.Refuse(ErrorCode.NotLeaderOrFollower);
        held.Clear();
        unanswered.Clear();
        if (log is not null)
        {
            if (!failed && !deleted && !log.IsOffline) SayWhenRetentionIsDue();
            services.Logs.Close(log, clean: !failed, deleted, () => services.IsDeleted(id));
        }

        log = null;
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case OpenLog: Open(); break;
            case StopReplica: Context.Stop(Self); break;
            default: Stash.Stash(); break;
        }
    }

    private void Open()
    {
        var image = services.Metadata.Current;
        if (services.Placement(id) is not { } placement)
        {
            // Not of this broker, or no topic of that id: nothing to open. Whoever woke it is told so.
            Become(Unknown);
            Stash.UnstashAll();
            Sleep();
            return;
        }

        try
        {
            log = services.Logs.Open(placement);
        }
        catch (LogDirectoryOfflineException)
        {
            Become(Unreadable);
            Stash.UnstashAll();
            Sleep();
            return;
        }

        Report(log.Recovery);
        synced = log.RecoveryPoint;
        lastSync = services.Directory.Now;
        handle = new ReplicaHandle(id, placement.Topic, Self, log, ReplicaRole.Offline, LeaderEpoch.None, placement.Config);
        Become(Serving);
        TakeRole(placement);
        services.Directory.Enter(handle);
        if (services.Metadata.Current != image) Self.Tell(ImageMoved.Instance); // who is awake is told, and nobody knew of it yet
        openedAt = lastRetention = handle.LastUsed;
        services.Backoffs.Reset(id);
        Timers.StartPeriodicTimer(nameof(Tidy), Tidy.Instance, TidyInterval);
        Stash.UnstashAll();
    }

    /// <summary>What a crash tears off is ordinary; what the disk loses below the flushed point somebody has to know of.</summary>
    private void Report(RecoveryReport recovery)
    {
        if (recovery.BytesCut > 0 || recovery.SegmentsDropped > 0)
            logger.Warning("{0} was not closed: {1} bytes at its end were no whole batches and are cut, {2} segments behind them go.", id, recovery.BytesCut, recovery.SegmentsDropped);
        if (recovery.Damaged.IsDefaultOrEmpty) return;
        foreach (var range in recovery.Damaged)
            logger.Error("{0}: the disk has lost or damaged the records from offset {1} on, below {2}, which were durable. Whoever reads there is told CORRUPT_MESSAGE.", id, range.From, range.To);
    }

    private void Unknown(object message)
    {
        switch (message)
        {
            case IRefusable request: request.Refuse(ErrorCode.UnknownTopicOrPartition); break;
            case StopReplica: Context.Stop(Self); break;
        }
    }

    /// <summary>The disk that its log is on has failed, and others have not.</summary>
    private void Unreadable(object message)
    {
        switch (message)
        {
            case IRefusable request: request.Refuse(ErrorCode.KafkaStorageError); break;
            case StopReplica: Context.Stop(Self); break;
        }
    }

    private void Serving(object message)
    {
        switch (message)
        {
            case AppendRequest append: Hold(append); break;
            case Flush: WriteHeld(); break;
            case Synced done: OnSynced(done); break;
            case Coordinate command: Hand(command); break;
            case WakeReplica wake: wake.Complete(ErrorCode.None); break;
            case ImageMoved: Moved(); break;
            case DeleteRecordsBefore delete: DeleteRecords(delete); break;
            case DescribeReplica describe: Describe(describe); break;
            case Tidy: TidyUp(); break;
            case ApplyRetention: RetainAndSleep(); break;
            case BeginCleaning begin: begin.Cleaner.Tell(new CleaningBegun(log!.BeginCleaning(begin.Limits, services.Now))); break;
            case SwapGroup swap: swap.Cleaner.Tell(log!.Swap(swap.Group, services.Now) ? GroupSwapped.Instance : CleaningGone.Instance); break;
            case EndCleaning end: EndCleaning(end); break;
            case SwapLog swap: TakeCopy(swap); break;
            case DirectoryFailed: failed = true; Context.Stop(Self); break;
            case DeleteReplica: deleted = true; Context.Stop(Self); break;
            case StopReplica: Stop(); break;
        }
    }

    /// <summary>The topic wants its records on the disk before anybody hears of them.</summary>
    private bool SyncsFirst => handle!.Config.SyncsBeforeAnswer;

    private void Hold(AppendRequest append)
    {
        if (!handle!.IsLeader)
        {
            append.Refuse(ErrorCode.NotLeaderOrFollower);
            return;
        }

        held.Add(append);
        heldBytes += append.Records.Length;
        if (heldBytes >= services.Settings.MaxGatheredBytes) WriteHeld();
        else if (held.Count == 1) Self.Tell(Flush.Instance);
    }

    private void WriteHeld()
    {
        if (held.Count == 0) return;
        if (gathered.Length < held.Count) gathered = new AppendItem[Math.Max(held.Count, gathered.Length * 2)];
        for (var index = 0; index < held.Count; index++) gathered[index] = held[index];
        log!.Append(gathered.AsSpan(0, held.Count), handle!.LeaderEpoch, services.Now);
        gathered.AsSpan(0, held.Count).Clear();
        var syncFirst = SyncsFirst;
        foreach (var append in held)
        {
            if (append.Outcome.Error != ErrorCode.None || (append.Acks != RequiredAcks.All && !syncFirst))
            {
                append.Complete(append.Outcome);
                continue;
            }

            append.AnswerAt = append.Outcome.LastOffset + 1;
            unanswered.Enqueue(append);
        }

        held.Clear();
        heldBytes = 0;
        if (syncFirst || log.UnflushedMessages >= handle.Config.FlushMessages) Sync();
        Commit();
    }

    /// <summary>
    /// Moves the high watermark over what is committed. A topic that wants records on the disk before anybody hears of them
    /// (flush.messages=1) commits when they are synced.
    /// </summary>
    private void Commit()
    {
        var view = log!.View;
        var committed = SyncsFirst ? Offset.Min(synced, view.LogEndOffset) : view.LogEndOffset;
        if (committed > view.HighWatermark)
        {
            log.AdvanceHighWatermark(committed);
            handle!.Appended.Raise();
        }

        while (unanswered.TryPeek(out var append) && append.AnswerAt <= committed)
        {
            unanswered.Dequeue();
            append.Complete(append.Outcome);
        }
    }

    private void Sync()
    {
        if (syncing || synced >= log!.View.LogEndOffset) return;
        syncing = true;
        lastSync = services.Directory.Now;
        services.Syncer(id).Tell(new SyncLog(log, Self));
    }

    private void OnSynced(Synced done)
    {
        syncing = false;
        if (done.Failure is { } failure)
        {
            // What a disk has after a failed sync nobody knows; trying again would only hide it.
            if (services.Logs.IsFatal(log!)) services.Fate.End(Cluster.ExitCode.DiskFailed, $"{id} could not be synced: {failure.Message}");
            throw new IOException($"{id} could not be synced.", failure);
        }

        synced = Offset.Max(synced, done.Below);
        if (unanswered.Count > 0) Sync();
        Commit();
    }

    private void Moved()
    {
        if (services.Placement(id) is { } placement) TakeRole(placement);
        else if (services.IsDeleted(id)) Self.Tell(DeleteReplica.Instance);
        else TakeRole(ReplicaRole.Offline, handle!.LeaderEpoch, handle.Config);
    }

    private void TakeRole(ReplicaPlacementView placement) => TakeRole(placement.Role, placement.Epoch, placement.Config);

    private void TakeRole(ReplicaRole role, LeaderEpoch epoch, LogConfig config)
    {
        if (epoch.Value < handle!.LeaderEpoch.Value) return;
        var wasLeader = handle.IsLeader;
        if (!ReferenceEquals(config, handle.Config))
        {
            log!.Config = config;
            lastRetention = TimeSpan.MinValue;
        }

        if (role == ReplicaRole.Leader && epoch != handle.LeaderEpoch) log!.AssignLeaderEpoch(epoch);
        handle.Publish(role, epoch, config);
        if (role == ReplicaRole.Leader)
        {
            if (SyncsFirst) Sync();
            Commit();
        }

        if (wasLeader && role != ReplicaRole.Leader)
        {
            foreach (var append in held) append.Refuse(ErrorCode.NotLeaderOrFollower);
            held.Clear();
            heldBytes = 0;
            while (unanswered.TryDequeue(out var append)) append.Refuse(ErrorCode.NotLeaderOrFollower);
            handle.Appended.Raise();
        }

        Coordinate(role == ReplicaRole.Leader, epoch);
    }

    private void Coordinate(bool leads, LeaderEpoch epoch)
    {
        if (services.Coordinators(handle!) is not { } props) return;
        if (leads && coordinator is null) coordinator = Context.ActorOf(props, $"coordinator-{epoch}");
        else if (!leads && coordinator is not null)
        {
            Context.Stop(coordinator);
            coordinator = null;
        }
    }

    private void Hand(Coordinate command)
    {
        if (coordinator is not null) coordinator.Forward(command.Command);
        else command.Refuse(ErrorCode.NotCoordinator);
    }

    private void DeleteRecords(DeleteRecordsBefore delete)
    {
        var offset = delete.Offset.Value == -1 ? log!.View.HighWatermark : delete.Offset;
        var error = ErrorCode.NotLeaderOrFollower;
        if (handle!.IsLeader) error = offset.Value < 0 ? ErrorCode.OffsetOutOfRange : log!.DeleteRecords(offset);
        delete.Complete((error, error == ErrorCode.None ? log!.View.LogStartOffset : new Offset(-1)));
    }

    private void Describe(DescribeReplica describe)
    {
        var view = log!.View;
        Sender.Tell(new ReplicaDescription(
            describe.Id, services.Self.Value, handle!.LeaderEpoch.Value, view.LogStartOffset.Value, view.HighWatermark.Value, view.LogEndOffset.Value));
    }

    private void TidyUp()
    {
        if (log!.IsOffline)
        {
            Self.Tell(DirectoryFailed.Instance);
            return;
        }

        if (services.Directory.Now - lastSync >= TimeSpan.FromMilliseconds(Math.Min(handle!.Config.FlushMs, int.MaxValue))) Sync();
        if (lastRetention == TimeSpan.MinValue || services.Directory.Now - lastRetention >= services.Settings.RetentionCheckInterval) Retain();
        if (!log!.IsOffline) log.RollToCompact(services.Now);
        var idle = services.Settings.PassivateAfter;
        if (idle > TimeSpan.Zero && IsIdle && services.Directory.Now - handle!.LastUsed > idle && !AwaitsCompaction())
        {
            // What the interval would find while it sleeps: the records that DeleteRecords left, or an excess of bytes.
            Retain();
            Sleep();
        }
    }

    private bool IsIdle => coordinator is null && !syncing && held.Count == 0 && unanswered.Count == 0 && handle!.Appended.Count == 0;

    private void Retain()
    {
        if (log!.IsOffline) return;
        lastRetention = services.Directory.Now;
        log.ApplyRetention(services.Now);
    }

    /// <summary>Woken for its old segments: where nobody else has come since, it sleeps at once, unless replicas never do.</summary>
    private void RetainAndSleep()
    {
        Retain();
        if (services.Settings.PassivateAfter > TimeSpan.Zero && IsIdle && handle!.LastUsed == openedAt && !AwaitsCompaction()) Sleep();
    }

    /// <summary>Not before the next check: what is due and cannot go, not being committed, would wake it again and again.</summary>
    private void SayWhenRetentionIsDue()
    {
        try
        {
            if (log!.RetentionDueMs is not { } due) services.Retention.Remove(id);
            else services.Retention.Set(id, Math.Max(due, services.Now.Value + (long)services.Settings.RetentionCheckInterval.TotalMilliseconds));
        }
        catch (IOException)
        {
            // The oldest segment's index cannot be read: what that means for the log, its close finds out, which comes now.
        }
    }

    private void EndCleaning(EndCleaning end)
    {
        log!.EndCleaning(end.Pass);
        end.Cleaner.Tell(CleaningEnded.Instance);
    }

    /// <summary>A log that is due for compaction, or will be by time alone, stays awake until it is done: nobody looks at those that sleep.</summary>
    private bool AwaitsCompaction()
    {
        if (!services.Compacts || log!.IsOffline || !handle!.Config.CleanupByCompaction) return false;
        var cleanable = log.Cleanable(services.Now);
        return cleanable.AwaitsTime || cleanable.IsDue(handle.Config);
    }

    /// <summary>Moves to another data folder: the copy takes the log's place, and whoever comes next wakes this replica there.</summary>
    private void TakeCopy(SwapLog swap)
    {
        WriteHeld();
        if (log!.IsOffline || syncing || unanswered.Count > 0 || log.Directory == swap.Copy.Log.Directory)
        {
            swap.Mover.Tell(new LogSwapped(swap.Copy, false));
            return;
        }

        try
        {
            services.Logs.Swap(log, swap.Copy);
        }
        catch (IOException failure)
        {
            logger.Error(failure, "{0} could not be moved to {1}.", id, swap.Copy.Log.Directory.Path);
            swap.Mover.Tell(new LogSwapped(swap.Copy, false));
            if (log.IsClosed || log.IsOffline) throw;
            return;
        }
        catch
        {
            swap.Mover.Tell(new LogSwapped(swap.Copy, false));
            throw;
        }

        log = null;
        swap.Mover.Tell(new LogSwapped(swap.Copy, true));
        Context.Stop(Self);
    }

    private void Sleep() => Context.Parent.Tell(services.Passivation);

    private void Stop()
    {
        WriteHeld();
        if (syncing || unanswered.Count > 0)
        {
            // Its answers are on the way: come back when they are out.
            Timers.StartSingleTimer(nameof(StopReplica), StopReplica.Instance, TimeSpan.FromMilliseconds(5));
            return;
        }

        Context.Stop(Self);
    }
}
