using System.Threading.Tasks.Sources;
using Akka.Actor;
using StreamActors.Cluster.Serialization;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Cluster.Controller;

/// <summary>
/// Requests to the controller from anywhere on this node, awaited without an <c>Ask</c>: an actor keeps the open ones, and
/// gives up on each at its deadline.
/// </summary>
public sealed class ControllerClient
{
    private readonly IActorRef actor;

    public ControllerClient(ActorSystem system, ControllerLink link) =>
        actor = system.ActorOf(Props.CreateBy(new Producer<ControllerClientActor>(() => new ControllerClientActor(link))), "controller-client");

    /// <summary>
    /// Sends a request and awaits what the controller decided. Errors: <see cref="ErrorCode.NotController"/> where none is to be
    /// found for a second, <see cref="ErrorCode.RequestTimedOut"/> where no answer came in time (it may have been done).
    /// </summary>
    public async ValueTask<ControllerResult<TResponse>> SendAsync<TResponse>(IRequestMessage request, TimeSpan timeout)
        where TResponse : class, IResponseMessage
    {
        var (key, version) = ControllerApis.Of(request);
        var call = new ControllerCall(key, version, WireWriter.ToArray(request, version), timeout);
        actor.Tell(call);
        var reply = await call.Reply;
        if (reply.Error != (short)ErrorCode.None) return new ControllerResult<TResponse>((ErrorCode)reply.Error, null);
        return new ControllerResult<TResponse>(ErrorCode.None, (TResponse)ControllerApis.ReadResponse(key, version, reply.Body)) { Sequence = reply.Sequence };
    }
}

/// <summary>The controller's response, or why there is none.</summary>
public readonly record struct ControllerResult<TResponse>(ErrorCode Error, TResponse? Response)
    where TResponse : class
{
    /// <summary>The last event when the controller answered: an image of that sequence has all that the response tells of. 0 without a response.</summary>
    public long Sequence { get; init; }
}

/// <summary>One open request; whoever sent it awaits <see cref="Reply"/>.</summary>
internal sealed class ControllerCall(ApiKey key, short version, byte[] body, TimeSpan timeout) : IValueTaskSource<ControllerReply>, ILocalMessage
{
    private ManualResetValueTaskSourceCore<ControllerReply> source = new() { RunContinuationsAsynchronously = true };

    public ApiKey Key => key;

    public short Version => version;

    public byte[] Body => body;

    public TimeSpan Timeout => timeout;

    public TimeSpan Deadline { get; set; }

    public bool Sent { get; set; }

    public ValueTask<ControllerReply> Reply => new(this, source.Version);

    public void Complete(ControllerReply reply) => source.SetResult(reply);

    ControllerReply IValueTaskSource<ControllerReply>.GetResult(short token) => source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<ControllerReply>.GetStatus(short token) => source.GetStatus(token);

    void IValueTaskSource<ControllerReply>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        source.OnCompleted(continuation, state, token, flags);
}

/// <summary>Keeps the open requests of a node and sends them once the controller is known.</summary>
internal sealed class ControllerClientActor(ControllerLink link) : UntypedActor, IWithTimers
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan PatienceForController = TimeSpan.FromSeconds(1);

    private readonly Dictionary<long, ControllerCall> open = [];
    private readonly List<long> expired = [];
    private long lastId;

    public ITimerScheduler Timers { get; set; } = null!;

    private TimeSpan Now => Context.System.Scheduler.MonotonicClock;

    protected override void PostStop()
    {
        foreach (var call in open.Values) call.Complete(Error(ErrorCode.NotController));
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ControllerCall call: Accept(call); break;
            case ControllerReply reply: if (open.Remove(reply.Id, out var done)) done.Complete(reply); break;
            case Sweep: SweepOpen(); break;
        }
    }

    private void Accept(ControllerCall call)
    {
        call.Deadline = Now + call.Timeout;
        open.Add(++lastId, call);
        Send(lastId, call);
        if (!Timers.IsTimerActive(nameof(Sweep))) Timers.StartPeriodicTimer(nameof(Sweep), Sweep.Instance, SweepInterval);
    }

    private void Send(long id, ControllerCall call)
    {
        if (call.Sent || link.Controller is not { } controller) return;
        call.Sent = true;
        controller.Tell(new ControllerRequest(id, (short)call.Key, call.Version, call.Body));
    }

    private void SweepOpen()
    {
        var now = Now;
        foreach (var (id, call) in open)
        {
            Send(id, call);
            if (now >= call.Deadline || (!call.Sent && now >= call.Deadline - call.Timeout + PatienceForController)) expired.Add(id);
        }

        foreach (var id in expired)
        {
            if (open.Remove(id, out var call)) call.Complete(Error(call.Sent ? ErrorCode.RequestTimedOut : ErrorCode.NotController));
        }

        expired.Clear();
        if (open.Count == 0) Timers.Cancel(nameof(Sweep));
    }

    private static ControllerReply Error(ErrorCode error) => new(0, (short)error, [], 0);

    private sealed class Sweep : ILocalMessage
    {
        public static readonly Sweep Instance = new();
    }
}
