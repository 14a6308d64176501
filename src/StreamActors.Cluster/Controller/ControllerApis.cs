using StreamActors.Cluster.Serialization;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Cluster.Controller;

/// <summary>In which version requests travel to the controller and responses back: the newest stable one.</summary>
internal static class ControllerApis
{
    public static (ApiKey Key, short Version) Of(IRequestMessage request) => (request.ApiKey, ApiKeys.Info(request.ApiKey).LatestStable);

    /// <summary>A request as it is told to the controller, from an actor that looks at the image for what comes of it.</summary>
    public static ControllerRequest Request(long id, IRequestMessage request)
    {
        var (key, version) = Of(request);
        return new ControllerRequest(id, (short)key, version, WireWriter.ToArray(request, version));
    }

    public static IRequestMessage ReadRequest(ApiKey key, short version, byte[] body)
    {
        var reader = new WireReader(body);
        return ApiMessages.ReadRequest(key, version, ref reader);
    }

    public static IResponseMessage ReadResponse(ApiKey key, short version, byte[] body)
    {
        var reader = new WireReader(body);
        return ApiMessages.ReadResponse(key, version, ref reader);
    }
}
