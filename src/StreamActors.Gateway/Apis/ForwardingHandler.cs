using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Wire;

namespace StreamActors.Gateway.Apis;

/// <summary>An API that the controller decides: the request goes there as it is, and the answer comes back as it is.</summary>
internal abstract class ForwardingHandler<TRequest, TResponse>(GatewayServices services) : ApiHandler<TRequest, TResponse>
    where TRequest : class, IRequestMessage, IApiMessage<TRequest>, new()
    where TResponse : class, IResponseMessage
{
    protected override async ValueTask<TResponse?> HandleAsync(RequestContext context, TRequest request)
    {
        var (error, response) = await services.Controller.SendAsync<TResponse>(request, Timeout(request));
        return response ?? Failure(context, request, error);
    }

    /// <summary>How long the client waits; see <see cref="ControllerForwarding"/>.</summary>
    protected virtual TimeSpan Timeout(TRequest request) => ControllerForwarding.DefaultTimeout;
}
