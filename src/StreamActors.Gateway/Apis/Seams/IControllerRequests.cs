using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol.Wire;

namespace StreamActors.Gateway.Apis.Seams;

/// <summary>The way to the controller, wherever it is.</summary>
public interface IControllerRequests
{
    /// <summary>What the controller decided, or NOT_CONTROLLER or REQUEST_TIMED_OUT.</summary>
    ValueTask<ControllerResult<TResponse>> SendAsync<TResponse>(IRequestMessage request, TimeSpan timeout)
        where TResponse : class, IResponseMessage;
}

/// <summary>
/// The node's own client of the controller. The controller's answer may be here before this node's image is. A client that goes on at this
/// broker at once should not be told that the topic it has just created does not exist, or find its settings as they were; so the answer
/// waits for the image, for a moment.
/// </summary>
public sealed class ControllerRequests(ControllerClient client, IMetadataView metadata, TimeProvider clock) : IControllerRequests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(2);

    public async ValueTask<ControllerResult<TResponse>> SendAsync<TResponse>(IRequestMessage request, TimeSpan timeout)
        where TResponse : class, IResponseMessage
    {
        var result = await client.SendAsync<TResponse>(request, timeout);
        var start = clock.GetTimestamp();
        while (metadata.Current.Sequence < result.Sequence && clock.GetElapsedTime(start) < Patience) await Task.Delay(Step, clock);
        return result;
    }
}
