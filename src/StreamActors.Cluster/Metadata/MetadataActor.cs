using Akka.Actor;
using Akka.Event;
using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Serialization;
using StreamActors.Protocol;
using StreamActors.Protocol.Wire;

namespace StreamActors.Cluster.Metadata;

/// <summary>A node's image has changed. Told to those that asked for it with <see cref="SubscribeToImage"/>.</summary>
public sealed record ImageChanged(MetadataImage Image, MetadataDelta Delta) : ILocalMessage;

/// <summary>Asks the metadata actor for <see cref="ImageChanged"/>; the present image comes first, with an empty delta.</summary>
public sealed record SubscribeToImage(IActorRef Subscriber) : ILocalMessage;

/// <summary>The image that a node publishes; written by its metadata actor only.</summary>
public sealed class MetadataView : IMetadataView
{
    private volatile MetadataImage current = MetadataImage.Empty;

    public MetadataImage Current
    {
        get => current;
        internal set => current = value;
    }
}

/// <summary>
/// Follows the controller's events by sequence number and publishes an image after each. It asks again at intervals, which
/// tells it that the controller is there, brings what was lost on the way, and finds the controller where it moved.
/// </summary>
/// <param name="controller">The way to the controller, wherever it is; may drop what it cannot deliver.</param>
/// <param name="knownClusterId">The cluster that the data folder belongs to; empty for a new node.</param>
public sealed class MetadataActor(BrokerId self, MetadataView view, ControllerLink link, IActorRef controller, string knownClusterId, INodeFate fate)
    : UntypedActor, IWithTimers
{
    private static readonly TimeSpan Hurry = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan Search = TimeSpan.FromMilliseconds(250);
    private const int HurriedQuestions = 40;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(3.5);

    private static readonly MetadataDelta NoDelta = new MetadataBuilder(MetadataImage.Empty).Build(0).Delta;

    private readonly ILoggingAdapter log = Context.GetLogger();
    private readonly List<IActorRef> subscribers = [];
    private readonly List<MetadataPart> parts = [];
    private TimeSpan heard;
    private int unanswered;

    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    protected override void PreStart() => Ask();

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case AskAgain: Ask(); break;
            case MetadataPart part: Heard(); Collect(part); break;
            case FollowAccepted: Heard(); break;
            case FollowRefused refused: fate.End(ExitCode.WrongCluster, refused.Reason); break;
            case SubscribeToImage subscribe: Subscribe(subscribe.Subscriber); break;
            case Terminated gone: Gone(gone); break;
        }
    }

    private void Ask()
    {
        if (link.Controller is not null && Now - heard > Silence)
        {
            log.Warning("The controller is silent. Reads and writes go on by the last image; changes are refused until it is back.");
            link.Lost();
        }

        var clusterId = view.Current.ClusterId.Length > 0 ? view.Current.ClusterId : knownClusterId;
        controller.Tell(new FollowMetadata(self.Value, clusterId, view.Current.Sequence));
        unanswered = link.Controller is null ? unanswered + 1 : 0;
        var pause = unanswered == 0 ? Interval : unanswered <= HurriedQuestions ? Hurry : Search;
        Timers.StartSingleTimer(nameof(AskAgain), AskAgain.Instance, pause);
    }

    private void Heard()
    {
        heard = Now;
        if (Equals(link.Controller, Sender)) return;
        log.Info("The controller is {0}.", Sender.Path.Address.HasLocalScope ? "on this node" : Sender.Path.Address.ToString());
        if (link.Controller is { } former) Context.Unwatch(former);
        link.Found(Sender);
        Context.Watch(Sender);
    }

    private void Gone(Terminated gone)
    {
        subscribers.Remove(gone.ActorRef);
        if (!Equals(link.Controller, gone.ActorRef)) return;
        // In order, when its node stops or hands it over; only a node that is lost is worth a warning.
        if (gone.AddressTerminated) log.Warning("The controller's node is lost. Reads and writes go on by the last image; changes are refused until there is a controller again.");
        else log.Info("The controller has stopped.");
        link.Lost();
        Timers.StartSingleTimer(nameof(AskAgain), AskAgain.Instance, Hurry);
    }

    private void Collect(MetadataPart part)
    {
        var wanted = part.IsSnapshot ? part.Sequence > view.Current.Sequence : part.Sequence == view.Current.Sequence + 1;
        if (!wanted) return;
        if (part.Part == 0) parts.Clear();
        // A part that does not fit means that one was lost: the next question brings all of it again.
        if (part.Part != parts.Count || (parts.Count > 0 && (parts[0].Sequence != part.Sequence || parts[0].IsSnapshot != part.IsSnapshot))) return;
        parts.Add(part);
        if (parts.Count < part.Parts) return;
        var records = MetadataParts.Join(parts);
        parts.Clear();
        var (image, delta) = part.IsSnapshot
            ? MetadataCatchUp.Build(view.Current, records, part.Sequence)
            : new MetadataBuilder(view.Current).Apply(records).Build(part.Sequence);
        view.Current = image;
        var changed = new ImageChanged(image, delta);
        foreach (var subscriber in subscribers) subscriber.Tell(changed);
    }

    private void Subscribe(IActorRef subscriber)
    {
        subscribers.Add(subscriber);
        Context.Watch(subscriber);
        subscriber.Tell(new ImageChanged(view.Current, NoDelta));
    }

    private sealed class AskAgain : ILocalMessage
    {
        public static readonly AskAgain Instance = new();
    }
}

/// <summary>A snapshot replaces all that a follower has; the delta is what differs.</summary>
internal static class MetadataCatchUp
{
    public static (MetadataImage Image, MetadataDelta Delta) Build(MetadataImage before, IReadOnlyList<IRecordMessage> records, long sequence)
    {
        var (image, delta) = new MetadataBuilder(MetadataImage.Empty).Apply(records).Build(sequence);
        var deleted = before.TopicsById.Values.Where(topic => !image.TopicsById.ContainsKey(topic.Id));
        var brokers = delta.Brokers.Union(before.Brokers.Keys);
        var configs = delta.Configs.Union(before.Configs.Keys);
        return (image, delta with { DeletedTopics = [.. deleted], Brokers = brokers, Configs = configs });
    }
}
