using Akka.Actor;
using StreamActors.Protocol;
using StreamActors.Storage;

namespace StreamActors.Broker.Replicas;

/// <summary>
/// What the rest of the node sees of an awake replica: whom to tell, and a published view of its log to read from without
/// telling anybody. Written by the replica, read from any thread.
/// </summary>
public sealed class ReplicaHandle
{
    private readonly PartitionLog log;
    private volatile RoleState state;
    private long lastUsed;

    internal ReplicaHandle(TopicIdPartition id, string topic, IActorRef actor, PartitionLog log, ReplicaRole role, LeaderEpoch epoch, LogConfig config)
    {
        Id = id;
        Topic = topic;
        Actor = actor;
        this.log = log;
        state = new RoleState(role, epoch, config);
    }

    /// <summary>The data folder that its log lies in.</summary>
    public LogDirectory LogDirectory => log.Directory;

    public TopicIdPartition Id { get; }

    public string Topic { get; }

    public IActorRef Actor { get; }

    /// <summary>The newest view of the log; take it once and use it for the whole of a read.</summary>
    public LogView View => log.View;

    public ReplicaRole Role => state.Role;

    public bool IsLeader => state.Role == ReplicaRole.Leader;

    public LeaderEpoch LeaderEpoch => state.Epoch;

    /// <summary>The topic's settings as the log has them, for the check of what clients send.</summary>
    public LogConfig Config => state.Config;

    /// <summary>Those that wait for records.</summary>
    public AppendSignal Appended { get; } = new();

    /// <summary>Keeps the replica awake; <paramref name="now"/> is the node's monotonic time.</summary>
    public void Touch(TimeSpan now) => Volatile.Write(ref lastUsed, now.Ticks);

    /// <summary>For what any thread may ask of it.</summary>
    internal PartitionLog Log => log;

    internal TimeSpan LastUsed => new(Volatile.Read(ref lastUsed));

    internal void Publish(ReplicaRole role, LeaderEpoch epoch, LogConfig config) => state = new RoleState(role, epoch, config);

    private sealed record RoleState(ReplicaRole Role, LeaderEpoch Epoch, LogConfig Config);
}

/// <summary>Is told that a partition has more to read, or has changed its role; on the replica's thread, so it must be brief.</summary>
public interface IAppendListener
{
    void OnAppended();
}

/// <summary>The waiters of a partition: fetches that did not find enough.</summary>
public sealed class AppendSignal
{
    private readonly Lock gate = new();
    private readonly List<IAppendListener> listeners = [];
    private volatile bool any;

    public int Count
    {
        get
        {
            lock (gate) return listeners.Count;
        }
    }

    /// <summary>Whoever adds itself looks at the log once more afterwards, so that nothing falls between.</summary>
    public void Add(IAppendListener listener)
    {
        lock (gate)
        {
            listeners.Add(listener);
            any = true;
        }
    }

    public void Remove(IAppendListener listener)
    {
        lock (gate)
        {
            listeners.Remove(listener);
            any = listeners.Count > 0;
        }
    }

    internal void Raise()
    {
        if (!any) return;
        IAppendListener[] called;
        lock (gate) called = [.. listeners];
        foreach (var listener in called) listener.OnAppended();
    }
}
