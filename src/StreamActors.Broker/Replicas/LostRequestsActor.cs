using Akka.Actor;
using Akka.Event;
using StreamActors.Cluster.Serialization;
using StreamActors.Protocol;

namespace StreamActors.Broker.Replicas;

/// <summary>A message that somebody outside waits for, and that can be answered by whoever finds it undeliverable.</summary>
public interface IRefusable : ILocalMessage
{
    void Refuse(ErrorCode error);
}

/// <summary>
/// Answers what was told to a replica or coordinator that had just stopped. Such messages end as dead letters: without this
/// actor whoever waits for them would wait for ever.
/// </summary>
internal sealed class LostRequestsActor : UntypedActor
{
    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(DeadLetter));

    protected override void OnReceive(object message)
    {
        if (message is DeadLetter { Message: IRefusable lost }) lost.Refuse(ErrorCode.NotLeaderOrFollower);
    }
}
