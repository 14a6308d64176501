using Akka.Actor;
using StreamActors.Broker.Replicas;
using StreamActors.Protocol;
using StreamActors.Storage;

namespace StreamActors.Benchmarks.Replicas;

/// <summary>A replica without a log: holds what comes until its own message to flush, then answers all of it.</summary>
internal sealed class EchoActor : UntypedActor
{
    private static readonly object Flush = new();

    private readonly List<AppendRequest> held = [];

    protected override void OnReceive(object message)
    {
        if (message is AppendRequest append)
        {
            held.Add(append);
            if (held.Count == 1) Self.Tell(Flush);
            return;
        }

        foreach (var each in held) each.Complete(AppendOutcome.Refused(ErrorCode.None));
        held.Clear();
    }
}
