using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Gateway.Connection;

namespace StreamActors.Gateway.Apis;

internal static class RequestOrigins
{
    /// <summary>Who asks, as coordinators want to know it.</summary>
    public static RequestOrigin Origin(this RequestContext context) => new(context.ClientId, context.Connection.ClientHost, context.ApiVersion);
}
