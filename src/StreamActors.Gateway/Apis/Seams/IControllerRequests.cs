using StreamActors.Cluster.Controller;
using StreamActors.Protocol.Wire;

namespace StreamActors.Gateway.Apis.Seams;

/// <summary>The way to the controller, wherever it is.</summary>
public interface IControllerRequests
{
    /// <summary>What the controller decided, or NOT_CONTROLLER or REQUEST_TIMED_OUT.</summary>
    ValueTask<ControllerResult<TResponse>> SendAsync<TResponse>(IRequestMessage request, TimeSpan timeout)
        where TResponse : class, IResponseMessage;
}

/// <summary>The node's own client of the controller.</summary>
public sealed class ControllerRequests(ControllerClient client) : IControllerRequests
{
    public ValueTask<ControllerResult<TResponse>> SendAsync<TResponse>(IRequestMessage request, TimeSpan timeout)
        where TResponse : class, IResponseMessage => client.SendAsync<TResponse>(request, timeout);
}
