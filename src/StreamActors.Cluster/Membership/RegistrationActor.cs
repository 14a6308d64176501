using Akka.Actor;
using Akka.Event;
using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Metadata;
using StreamActors.Cluster.Serialization;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Cluster.Membership;

/// <summary>
/// Registers this broker with the controller, and again whenever the image says that it is not there or fenced while the
/// controller is heard. Ready is when the image has it.
/// </summary>
/// <param name="logDirs">The ids of the data folders that are online now.</param>
public sealed class RegistrationActor(BrokerImage self, Func<IEnumerable<Guid>> logDirs, ControllerLink link, IActorRef metadata, Action ready, INodeFate fate)
    : UntypedActor, IWithTimers
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(500);

    private readonly ILoggingAdapter log = Context.GetLogger();
    private MetadataImage image = MetadataImage.Empty;
    private bool wasReady;
    private long requests;

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => metadata.Tell(new SubscribeToImage(Self));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ImageChanged changed:
                image = changed.Image;
                Look();
                break;
            case Retry:
                Look();
                break;
            case ControllerReply reply:
                Answered(reply);
                break;
        }
    }

    private void Look()
    {
        var known = image.Brokers.GetValueOrDefault(self.Id.Value);
        if (known is { Fenced: false } && known.Incarnation == self.Incarnation)
        {
            Timers.Cancel(nameof(Retry));
            if (wasReady) return;
            wasReady = true;
            ready();
            return;
        }

        if (wasReady && known is not null && known.Incarnation != self.Incarnation)
        {
            fate.End(ExitCode.WrongCluster, $"Another process has registered as broker {self.Id}.");
            return;
        }

        if (image.ClusterId.Length > 0 && link.Controller is { } controller) controller.Tell(Request());
        Timers.StartSingleTimer(nameof(Retry), Retry.Instance, RetryInterval);
    }

    private ControllerRequest Request()
    {
        var request = new BrokerRegistrationRequest
        {
            BrokerId = self.Id.Value,
            ClusterId = image.ClusterId,
            IncarnationId = self.Incarnation,
            Listeners = [.. self.Listeners.Select(listener => new BrokerRegistrationRequest.Listener
            {
                Name = listener.Name, Host = listener.Host, Port = (ushort)listener.Port, SecurityProtocol = listener.SecurityProtocol,
            })],
            Rack = self.Rack,
            LogDirs = [.. logDirs()],
        };
        return ControllerApis.Request(++requests, request);
    }

    private void Answered(ControllerReply reply)
    {
        var error = (ErrorCode)reply.Error;
        if (error == ErrorCode.None)
        {
            var (key, version) = ControllerApis.Of(new BrokerRegistrationRequest());
            error = (ErrorCode)((BrokerRegistrationResponse)ControllerApis.ReadResponse(key, version, reply.Body)).ErrorCode;
        }

        if (error == ErrorCode.InconsistentClusterId) fate.End(ExitCode.WrongCluster, "The controller belongs to another cluster.");
        else if (error != ErrorCode.None) log.Warning("The controller refuses broker {0}: {1}", self.Id, error.KafkaName());
    }

    private sealed class Retry : ILocalMessage
    {
        public static readonly Retry Instance = new();
    }
}
