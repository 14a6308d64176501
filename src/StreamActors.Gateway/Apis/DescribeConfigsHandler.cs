using StreamActors.Cluster.Configs;
using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Metadata;
using StreamActors.Gateway.Connection;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Apis;

/// <summary>
/// DescribeConfigs (32), versions 1-4: the settings in force of topics, of this broker, of all brokers, of groups and of client metrics
/// subscriptions, with where each comes from. Version 3 has types and documentation.
/// </summary>
internal sealed class DescribeConfigsHandler(GatewayServices services) : ApiHandler<DescribeConfigsRequest, DescribeConfigsResponse>
{
    protected override ValueTask<DescribeConfigsResponse?> HandleAsync(RequestContext context, DescribeConfigsRequest request)
    {
        var image = services.Metadata.Current;
        return new(new DescribeConfigsResponse { Results = [.. request.Resources.Select(resource => Describe(image, resource, request))] });
    }

    protected override DescribeConfigsResponse Failure(RequestContext context, DescribeConfigsRequest request, ErrorCode error) => new()
    {
        Results = [.. request.Resources.Select(resource => Refused(resource, error, error.DefaultMessage()))],
    };

    private DescribeConfigsResponse.DescribeConfigsResult Describe(
        MetadataImage image, DescribeConfigsRequest.DescribeConfigsResource resource, DescribeConfigsRequest request)
    {
        var name = resource.ResourceName;
        switch ((ConfigResourceType)resource.ResourceType)
        {
            case ConfigResourceType.Topic when TopicNames.Fault(name) is { } fault:
                return Refused(resource, ErrorCode.InvalidTopicException, fault);
            case ConfigResourceType.Topic when image.Topic(name) is null:
                return Refused(resource, ErrorCode.UnknownTopicOrPartition, ErrorCode.UnknownTopicOrPartition.DefaultMessage());
            case ConfigResourceType.Topic:
                return Entries(resource, request, TopicConfigResolver.Resolve(image.ConfigsOf(ConfigResourceType.Topic, name), Layers(image)));
            case ConfigResourceType.Broker when name.Length == 0:
                return Entries(resource, request, BrokerConfigResolver.ResolveDefaults(image.ConfigsOf(ConfigResourceType.Broker, "")));
            case ConfigResourceType.Broker when name == services.Self.ToString():
                return Entries(resource, request, BrokerConfigResolver.Resolve(Layers(image)));
            case ConfigResourceType.Broker:
                return Refused(resource, ErrorCode.InvalidRequest, $"Unexpected broker id, expected {services.Self} or empty string, but received {name}");
            case ConfigResourceType.Group when name.Length == 0:
                return Refused(resource, ErrorCode.InvalidRequest, "A group's name must not be empty.");
            case ConfigResourceType.Group:
                return Entries(resource, request, BrokerConfigResolver.ResolveGroup(image.ConfigsOf(ConfigResourceType.Group, name), Layers(image)));
            case ConfigResourceType.ClientMetrics when name.Length == 0:
                return Refused(resource, ErrorCode.InvalidRequest, "A subscription's name must not be empty.");
            case ConfigResourceType.ClientMetrics:
                return Entries(resource, request, BrokerConfigResolver.ResolveClientMetrics(image.ConfigsOf(ConfigResourceType.ClientMetrics, name)));
            default:
                return Refused(resource, ErrorCode.InvalidRequest, $"Settings of resource type {resource.ResourceType} cannot be described.");
        }
    }

    private BrokerConfigLayers Layers(MetadataImage image) => new(
        image.ConfigsOf(ConfigResourceType.Broker, services.Self.ToString()), image.ConfigsOf(ConfigResourceType.Broker, ""), services.StaticConfigs);

    private static DescribeConfigsResponse.DescribeConfigsResult Entries(
        DescribeConfigsRequest.DescribeConfigsResource resource, DescribeConfigsRequest request, IEnumerable<ConfigEntry> entries) => new()
        {
            ResourceType = resource.ResourceType,
            ResourceName = resource.ResourceName,
            Configs = [.. entries
            .Where(entry => resource.ConfigurationKeys is not { } keys || keys.Contains(entry.Name, StringComparer.Ordinal))
            .Select(entry => Entry(entry, request))],
        };

    private static DescribeConfigsResponse.DescribeConfigsResourceResult Entry(ConfigEntry entry, DescribeConfigsRequest request) => new()
    {
        Name = entry.Name,
        Value = entry.Value,
        ReadOnly = entry.IsReadOnly,
        ConfigSource = (sbyte)entry.Source,
        IsSensitive = entry.IsSensitive,
        ConfigType = (sbyte)entry.Type,
        Documentation = request.IncludeDocumentation ? entry.Documentation : null,
        Synonyms = request.IncludeSynonyms
            ? [.. entry.Synonyms.Select(synonym => new DescribeConfigsResponse.DescribeConfigsSynonym
            {
                Name = synonym.Name, Value = synonym.Value, Source = (sbyte)synonym.Source,
            })]
            : [],
    };

    private static DescribeConfigsResponse.DescribeConfigsResult Refused(
        DescribeConfigsRequest.DescribeConfigsResource resource, ErrorCode error, string message) => new()
        {
            ErrorCode = (short)error,
            ErrorMessage = message,
            ResourceType = resource.ResourceType,
            ResourceName = resource.ResourceName,
        };
}
