using StreamActors.Cluster.Configs;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Cluster.Controller;

/// <summary>IncrementalAlterConfigs (KIP-339) and the older AlterConfigs, which replaces all of a resource's settings.</summary>
/// <param name="staticBrokerConfigs">The broker settings that bound those of groups, and changes of others, where none was set while brokers run.</param>
internal sealed class ConfigChanges(IReadOnlyDictionary<string, string> staticBrokerConfigs)
{
    private enum Operation : sbyte
    {
        Set = 0,
        Delete = 1,
        Append = 2,
        Subtract = 3,
    }

    public ControllerDecision Decide(MetadataImage image, IncrementalAlterConfigsRequest request)
    {
        var response = new IncrementalAlterConfigsResponse();
        var records = new List<IRecordMessage>();
        var seen = new HashSet<ConfigResource>();
        foreach (var wanted in request.Resources)
        {
            var resource = new ConfigResource((ConfigResourceType)wanted.ResourceType, wanted.ResourceName);
            var changes = new List<IRecordMessage>();
            var (error, message) = seen.Add(resource)
                ? Judge(image, resource, wanted, changes)
                : (ErrorCode.InvalidRequest, "Each resource must appear at most once.");
            response.Responses.Add(new IncrementalAlterConfigsResponse.AlterConfigsResourceResponse
            {
                ErrorCode = (short)error,
                ErrorMessage = message,
                ResourceType = wanted.ResourceType,
                ResourceName = wanted.ResourceName,
            });
            if (error == ErrorCode.None && !request.ValidateOnly) records.AddRange(changes);
        }

        return new ControllerDecision(records, response);
    }

    public ControllerDecision Decide(MetadataImage image, AlterConfigsRequest request)
    {
        var response = new AlterConfigsResponse();
        var records = new List<IRecordMessage>();
        foreach (var wanted in request.Resources)
        {
            var resource = new ConfigResource((ConfigResourceType)wanted.ResourceType, wanted.ResourceName);
            var (error, message) = ResourceFault(image, resource);
            var changes = new List<IRecordMessage>();
            foreach (var config in wanted.Configs)
            {
                if (error != ErrorCode.None) break;
                if (ValueFault(resource, config.Name, config.Value) is { } fault) (error, message) = (ErrorCode.InvalidConfig, fault);
                changes.Add(Record(resource, config.Name, config.Value));
            }

            if (error == ErrorCode.None) (error, message) = SetFault(image, resource, wanted.Configs.Select(config => (config.Name, config.Value)));

            var kept = wanted.Configs.Select(config => config.Name).ToHashSet(StringComparer.Ordinal);
            foreach (var name in image.ConfigsOf(resource.Type, resource.Name).Keys)
            {
                if (!kept.Contains(name)) changes.Add(Record(resource, name, null));
            }

            response.Responses.Add(new AlterConfigsResponse.AlterConfigsResourceResponse
            {
                ErrorCode = (short)error,
                ErrorMessage = message,
                ResourceType = wanted.ResourceType,
                ResourceName = wanted.ResourceName,
            });
            if (error == ErrorCode.None && !request.ValidateOnly) records.AddRange(changes);
        }

        return new ControllerDecision(records, response);
    }

    /// <summary>What is wrong with a topic's setting; null for nothing.</summary>
    /// <param name="name">Which.</param>
    /// <param name="value">What it is to be.</param>
    /// <param name="allowsInternal"><see cref="ControllerSettings.AllowsInternalConfigs"/>.</param>
    public static string? TopicConfigFault(string name, string? value, bool allowsInternal = false)
    {
        if (!ConfigCatalog.Topic.TryGet(name, out var definition) || (definition.IsInternal && !allowsInternal)) return $"Unknown topic config name: {name}";
        if (value is null) return $"Null value not supported for topic configs: {name}";
        return definition.TryValidate(value, out var error) ? null : error;
    }

    private (ErrorCode Error, string? Message) Judge(
        MetadataImage image, ConfigResource resource, IncrementalAlterConfigsRequest.AlterConfigsResource wanted, List<IRecordMessage> changes)
    {
        if (ResourceFault(image, resource) is { Error: not ErrorCode.None } fault) return fault;
        var present = image.ConfigsOf(resource.Type, resource.Name);
        var names = new HashSet<string>(StringComparer.Ordinal);
        var after = present.ToBuilder();
        foreach (var config in wanted.Configs)
        {
            if (!names.Add(config.Name)) return (ErrorCode.InvalidRequest, $"Error due to duplicate config keys: {config.Name}");
            string? value;
            switch ((Operation)config.ConfigOperation)
            {
                case Operation.Set:
                    if (config.Value is null) return (ErrorCode.InvalidRequest, $"Null value not supported for : {config.Name}");
                    value = config.Value;
                    break;
                case Operation.Delete:
                    value = null;
                    break;
                case Operation.Append or Operation.Subtract:
                    if (Definition(resource, config.Name) is not { Type: ConfigType.List } definition)
                        return (ErrorCode.InvalidConfig, $"Config value append is not allowed for config key: {config.Name}");
                    if (config.Value is null) return (ErrorCode.InvalidRequest, $"Null value not supported for : {config.Name}");
                    value = Edited(present.GetValueOrDefault(config.Name) ?? definition.Default ?? "", config.Value, (Operation)config.ConfigOperation);
                    break;
                default:
                    return (ErrorCode.InvalidRequest, $"Unknown operation type {config.ConfigOperation} for config {config.Name}");
            }

            if (value is not null && ValueFault(resource, config.Name, value) is { } wrong) return (ErrorCode.InvalidConfig, wrong);
            if (present.GetValueOrDefault(config.Name) != value) changes.Add(Record(resource, config.Name, value));
            if (value is null) after.Remove(config.Name);
            else after[config.Name] = value;
        }

        return SetFault(image, resource, after.Select(pair => (pair.Key, (string?)pair.Value)));
    }

    private static string Edited(string present, string value, Operation operation)
    {
        var items = present.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToList();
        foreach (var item in value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (operation == Operation.Subtract) items.Remove(item);
            else if (!items.Contains(item)) items.Add(item);
        }

        return string.Join(',', items);
    }

    private static (ErrorCode Error, string? Message) ResourceFault(MetadataImage image, ConfigResource resource)
    {
        switch (resource.Type)
        {
            case ConfigResourceType.Topic:
                if (TopicNames.Fault(resource.Name) is { } fault) return (ErrorCode.InvalidTopicException, fault);
                return image.Topic(resource.Name) is null
                    ? (ErrorCode.UnknownTopicOrPartition, $"The topic '{resource.Name}' does not exist.")
                    : (ErrorCode.None, null);
            case ConfigResourceType.Broker:
                if (resource.Name.Length == 0) return (ErrorCode.None, null);
                return int.TryParse(resource.Name, out var id) && image.Brokers.ContainsKey(id)
                    ? (ErrorCode.None, null)
                    : (ErrorCode.InvalidRequest, $"Broker '{resource.Name}' is not registered.");
            case ConfigResourceType.Group:
                return resource.Name.Length == 0 ? (ErrorCode.InvalidRequest, "A group's name must not be empty.") : (ErrorCode.None, null);
            default:
                return (ErrorCode.InvalidRequest, $"Settings of resource type {(sbyte)resource.Type} cannot be altered.");
        }
    }

    private static ConfigDefinition? Definition(ConfigResource resource, string name)
    {
        var catalog = resource.Type switch
        {
            ConfigResourceType.Topic => ConfigCatalog.Topic,
            ConfigResourceType.Group => ConfigCatalog.Group,
            _ => ConfigCatalog.Broker,
        };
        return catalog.TryGet(name, out var definition) ? definition : null;
    }

    private static string? ValueFault(ConfigResource resource, string name, string? value)
    {
        if (resource.Type == ConfigResourceType.Topic) return TopicConfigFault(name, value);
        if (Definition(resource, name) is not { } definition) return $"Unknown config name: {name}";
        if (resource.Type == ConfigResourceType.Broker && definition.Update == ConfigUpdate.ReadOnly) return $"Cannot update these configs dynamically: {name}";
        return definition.TryValidate(value, out var error) ? null : error;
    }

    /// <summary>What is wrong with all settings of a resource together, each of which is valid by itself.</summary>
    private (ErrorCode Error, string? Message) SetFault(MetadataImage image, ConfigResource resource, IEnumerable<(string Name, string? Value)> values)
    {
        if (resource.Type is not (ConfigResourceType.Group or ConfigResourceType.Broker)) return (ErrorCode.None, null);
        var overrides = values.Where(pair => pair.Value is not null).ToDictionary(pair => pair.Name, pair => pair.Value!, StringComparer.Ordinal);
        var all = new BrokerConfigLayers(MetadataImage.NoConfigs, image.ConfigsOf(ConfigResourceType.Broker, ""), staticBrokerConfigs);
        if (resource.Type == ConfigResourceType.Group) return GroupConfigBounds.Fault(overrides, all) is { } wrong ? (ErrorCode.InvalidConfig, wrong) : (ErrorCode.None, null);
        var fault = resource.Name.Length == 0
            ? ThreadCountBounds.Fault(all, all with { DynamicDefault = overrides })
            : ThreadCountBounds.Fault(all with { DynamicBroker = image.ConfigsOf(resource.Type, resource.Name) }, all with { DynamicBroker = overrides });
        return fault is null ? (ErrorCode.None, null) : (ErrorCode.InvalidRequest, fault);
    }

    private static ConfigRecord Record(ConfigResource resource, string name, string? value) =>
        new() { ResourceType = (sbyte)resource.Type, ResourceName = resource.Name, Name = name, Value = value };
}
