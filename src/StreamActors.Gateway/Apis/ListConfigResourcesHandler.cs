using StreamActors.Cluster.Metadata;
using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// ListConfigResources (74), versions 0-1: what has settings, by kind. Topics and brokers always have some; groups and client metrics subscriptions
/// are listed when something was set for them. Version 0 lists client metrics subscriptions alone (KIP-714), 1 all kinds (KIP-1142).
/// </summary>
internal sealed class ListConfigResourcesHandler(GatewayServices services) : ApiHandler<ListConfigResourcesRequest, ListConfigResourcesResponse>
{
    private static readonly ConfigResourceType[] Kinds =
        [ConfigResourceType.Group, ConfigResourceType.ClientMetrics, ConfigResourceType.BrokerLogger, ConfigResourceType.Broker, ConfigResourceType.Topic];

    protected override ValueTask<ListConfigResourcesResponse?> HandleAsync(RequestContext context, ListConfigResourcesRequest request)
    {
        ConfigResourceType[] known = context.ApiVersion == 0 ? [ConfigResourceType.ClientMetrics] : Kinds;
        ConfigResourceType[] wanted = request.ResourceTypes.Count == 0 ? known : [.. request.ResourceTypes.Select(type => (ConfigResourceType)type).Distinct()];
        if (wanted.Any(type => !known.Contains(type))) return new(Failure(context, request, ErrorCode.UnsupportedVersion));
        var image = services.Metadata.Current;
        return new(new ListConfigResourcesResponse
        {
            ConfigResources = [.. wanted.SelectMany(type => Names(image, type).Select(name =>
                new ListConfigResourcesResponse.ConfigResource { ResourceName = name, ResourceType = (sbyte)type }))],
        });
    }

    protected override ListConfigResourcesResponse Failure(RequestContext context, ListConfigResourcesRequest request, ErrorCode error) =>
        new() { ErrorCode = (short)error };

    private static IEnumerable<string> Names(MetadataImage image, ConfigResourceType type) => type switch
    {
        ConfigResourceType.Topic => image.Topics.Keys,
        ConfigResourceType.Broker or ConfigResourceType.BrokerLogger => image.Brokers.Values.Where(broker => !broker.Fenced).Select(broker => $"{broker.Id}"),
        _ => image.Configs.Keys.Where(resource => resource.Type == type).Select(resource => resource.Name),
    };
}
