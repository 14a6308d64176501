using Akka.Actor;
using Akka.Event;
using Akka.Persistence;
using StreamActors.Cluster.Journal;
using StreamActors.Cluster.Membership;
using StreamActors.Cluster.Metadata;
using StreamActors.Cluster.Serialization;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Cluster.Controller;

/// <summary>
/// The cluster's one controller: the shell around <see cref="ControllerCore"/>. It persists what the core decides, applies it,
/// sends it to the brokers that follow, and only then answers. A journal that refuses a write has another writer: this
/// controller is deposed and stops.
/// </summary>
public sealed class ControllerActor : UntypedPersistentActor, IWithTimers
{
    public const string Id = "controller";

    private static readonly TimeSpan ReportGrace = TimeSpan.FromSeconds(5);

    private readonly ControllerCore core;
    private readonly ControllerSettings settings;
    private readonly ControllerBootstrap bootstrap;
    private readonly IMembership membership;
    private readonly INodeFate fate;
    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly MetadataFollowers followers = new();
    private readonly HashSet<BrokerId> reported = [];
    private readonly HashSet<int> newcomers = [];
    private MetadataImage image = MetadataImage.Empty;
    private long bytesSinceSnapshot;

    public ControllerActor(ControllerCore core, ControllerSettings settings, ControllerBootstrap bootstrap, IMembership membership, INodeFate fate)
    {
        this.core = core;
        this.settings = settings;
        this.bootstrap = bootstrap;
        this.membership = membership;
        this.fate = fate;
    }

    public override string PersistenceId => Id;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void OnRecover(object message)
    {
        switch (message)
        {
            case SnapshotOffer { Snapshot: MetadataSnapshotRecords snapshot } offer:
                image = new MetadataBuilder(MetadataImage.Empty).Apply(snapshot.Records).Build(offer.Metadata.SequenceNr).Image;
                break;
            case MetadataEvent stored:
                image = new MetadataBuilder(image).Apply(stored.Records).Build(LastSequenceNr).Image;
                break;
            case RecoveryCompleted:
                Recovered();
                break;
        }
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case ControllerRequest request: Serve(request); break;
            case FollowMetadata follow: Follow(follow); break;
            case BrokerReachability change: Reachability(change); break;
            case ReportGraceOver: FenceUnreported(); break;
            case Terminated gone: followers.Remove(gone.ActorRef); break;
            case SaveSnapshotSuccess saved: Trim(saved.Metadata.SequenceNr); break;
            case SaveSnapshotFailure failure: log.Error(failure.Cause, "The controller's snapshot could not be stored; the events are kept."); break;
            case DeleteMessagesFailure failure: log.Error(failure.Cause, "Old events could not be dropped."); break;
        }
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        base.OnPersistRejected(cause, @event, sequenceNr);
        log.Error(cause, "The journal refused event {0}; this controller stops.", sequenceNr);
        Context.Stop(Self);
    }

    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
        base.OnRecoveryFailure(reason, message);
        fate.End(ExitCode.JournalBehind, $"The controller's journal cannot be read: {reason.Message}");
    }

    private void Recovered()
    {
        if (image.ClusterId.Length > 0)
        {
            if (bootstrap.KnownClusterId.Length > 0 && bootstrap.KnownClusterId != image.ClusterId)
                End(ExitCode.WrongCluster, $"The journal is of cluster {image.ClusterId}, this node of {bootstrap.KnownClusterId}.");
            else Begin();
        }
        else if (bootstrap.KnownClusterId.Length > 0)
        {
            End(ExitCode.JournalBehind, $"The controller's journal is empty, but this node belongs to cluster {bootstrap.KnownClusterId}. Restore the journal.");
        }
        else if (!bootstrap.MayFound)
        {
            End(ExitCode.JournalBehind, "The controller's journal is empty, and this node joined a cluster that others began.");
        }
        else
        {
            Found();
        }
    }

    /// <summary>
    /// Founds a cluster, unless another broker is there that belongs to one already: then this journal was lost. Brokers tell
    /// when they ask to follow, so all of them are heard first.
    /// </summary>
    private void Found()
    {
        if (newcomers.Count < membership.OtherBrokers) return;
        Commit([new ClusterRecord { ClusterId = bootstrap.NewClusterId() }], Begin);
    }

    private void Begin()
    {
        log.Info("Controller of cluster {0} at event {1}: {2} brokers, {3} topics.", image.ClusterId, image.Sequence, image.Brokers.Count, image.Topics.Count);
        membership.Subscribe(Self);
        Timers.StartSingleTimer(nameof(ReportGraceOver), ReportGraceOver.Instance, ReportGrace);
    }

    private void End(ExitCode code, string reason)
    {
        fate.End(code, reason);
        Context.Stop(Self);
    }

    private void Serve(ControllerRequest request)
    {
        var sender = Sender;
        ControllerDecision decision;
        try
        {
            decision = core.Decide(image, ControllerApis.ReadRequest((ApiKey)request.ApiKey, request.ApiVersion, request.Body));
        }
        catch (WireFormatException malformed)
        {
            log.Warning("Refused a malformed {0} of version {1}: {2}", (ApiKey)request.ApiKey, request.ApiVersion, malformed.Message);
            sender.Tell(new ControllerReply(request.Id, (short)ErrorCode.InvalidRequest, [], image.Sequence));
            return;
        }

        var response = WireWriter.ToArray(decision.Response, request.ApiVersion);
        Commit(decision.Records, () => sender.Tell(new ControllerReply(request.Id, (short)ErrorCode.None, response, image.Sequence)));
    }

    private void Commit(IReadOnlyList<IRecordMessage> records, Action committed)
    {
        if (records.Count == 0)
        {
            committed();
            return;
        }

        Persist(new MetadataEvent(records), stored =>
        {
            image = new MetadataBuilder(image).Apply(stored.Records).Build(LastSequenceNr).Image;
            bytesSinceSnapshot += followers.Publish(image.Sequence, stored.Records, Self);
            committed();
            if (bytesSinceSnapshot < settings.SnapshotAfterBytes) return;
            bytesSinceSnapshot = 0;
            SaveSnapshot(new MetadataSnapshotRecords([.. MetadataSnapshot.Records(image)]));
        });
    }

    private void Follow(FollowMetadata follow)
    {
        if (image.ClusterId.Length == 0)
        {
            if (follow.ClusterId.Length > 0)
            {
                End(ExitCode.JournalBehind, $"The controller's journal is empty, but broker {follow.BrokerId} belongs to cluster {follow.ClusterId}. Restore the journal.");
            }
            else if (!Sender.Path.Address.HasLocalScope && newcomers.Add(follow.BrokerId))
            {
                Found();
            }

            return;
        }

        if (follow.ClusterId.Length > 0 && follow.ClusterId != image.ClusterId)
        {
            Sender.Tell(new FollowRefused($"Broker {follow.BrokerId} belongs to cluster {follow.ClusterId}, this controller to {image.ClusterId}."));
            return;
        }

        if (follow.AfterSequence > image.Sequence)
        {
            End(
                ExitCode.JournalBehind,
                $"Broker {follow.BrokerId} has seen event {follow.AfterSequence}, the controller's journal ends at {image.Sequence}: it lost events.");
            return;
        }

        Context.Watch(Sender);
        followers.Add(Sender, follow.AfterSequence, image, Self);
    }

    private void Reachability(BrokerReachability change)
    {
        if (change.Reachable) reported.Add(change.Broker);
        else reported.Remove(change.Broker);
        var records = BrokerLifecycle.Fence(image, change.Broker, fenced: !change.Reachable);
        if (records.Count > 0) log.Info("Broker {0} is {1}.", change.Broker, change.Reachable ? "reachable again" : "silent; it leads nothing until it returns");
        Commit(records, static () => { });
    }

    private void FenceUnreported()
    {
        var records = new List<IRecordMessage>();
        foreach (var broker in image.Brokers.Values)
        {
            if (!reported.Contains(broker.Id)) records.AddRange(BrokerLifecycle.Fence(image, broker.Id, fenced: true));
        }

        Commit(records, static () => { });
    }

    private void Trim(long sequence)
    {
        DeleteMessages(sequence);
        DeleteSnapshots(new SnapshotSelectionCriteria(sequence - 1));
    }

    private sealed class ReportGraceOver : ILocalMessage
    {
        public static readonly ReportGraceOver Instance = new();
    }
}
