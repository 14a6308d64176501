using Akka.Actor;

namespace StreamActors.Simulation.Actors;

/// <summary>Props from a factory.</summary>
internal sealed class Producer<TActor>(Func<TActor> create) : IIndirectActorProducer
    where TActor : ActorBase
{
    public Type ActorType => typeof(TActor);

    public ActorBase Produce() => create();

    public void Release(ActorBase actor)
    {
    }
}
