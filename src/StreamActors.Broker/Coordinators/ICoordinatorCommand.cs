namespace StreamActors.Broker.Coordinators;

/// <summary>A request to a coordinator that can be answered without one: it is not here.</summary>
public interface ICoordinatorCommand : Replicas.IRefusable;
