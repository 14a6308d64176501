using Akka.Actor;

namespace StreamActors.Cluster;

/// <summary>Props from a factory: an expression would be compiled for each, and captures nothing that it should not.</summary>
public sealed class Producer<TActor>(Func<TActor> create) : IIndirectActorProducer
    where TActor : ActorBase
{
    public Type ActorType => typeof(TActor);

    public ActorBase Produce() => create();

    public void Release(ActorBase actor)
    {
    }
}
