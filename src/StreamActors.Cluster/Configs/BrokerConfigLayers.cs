using System.Collections.Immutable;
using System.Globalization;
using StreamActors.Protocol;

namespace StreamActors.Cluster.Configs;

/// <summary>The values of a broker's settings, by where they were set. What comes first wins; below all lie Kafka's defaults.</summary>
/// <param name="DynamicBroker">Set for this broker while it runs.</param>
/// <param name="DynamicDefault">Set for all brokers while they run.</param>
/// <param name="Static">Given at its start.</param>
public sealed record BrokerConfigLayers(
    IReadOnlyDictionary<string, string> DynamicBroker,
    IReadOnlyDictionary<string, string> DynamicDefault,
    IReadOnlyDictionary<string, string> Static)
{
    public static BrokerConfigLayers Empty { get; } = OfStatic(ImmutableDictionary<string, string>.Empty);

    public static BrokerConfigLayers OfStatic(IReadOnlyDictionary<string, string> values) =>
        new(ImmutableDictionary<string, string>.Empty, ImmutableDictionary<string, string>.Empty, values);

    /// <summary>The value of a setting by its own name; null where it has none.</summary>
    public string? Value(string name) =>
        (DynamicBroker.TryGetValue(name, out var value) || DynamicDefault.TryGetValue(name, out value) || Static.TryGetValue(name, out value))
            ? Normalize(name, value)
            : DefaultOf(name);

    /// <summary>The value that the first of several settings has that has any, in the unit of the setting that they stand for.</summary>
    public string? Value(ImmutableArray<BrokerSynonym> synonyms)
    {
        foreach (var (name, factor) in synonyms)
        {
            if (Value(name) is { } value)
                return factor == 1 ? value : Times(value, factor);
        }

        return null;
    }

    /// <summary>
    /// Each place in which the setting, or one that stands in for it, has a value. Kafka leaves out what comes before the first value under
    /// the setting's own name, so a retention in hours alone is not listed for <c>log.retention.ms</c>.
    /// </summary>
    public ImmutableArray<ConfigSynonym> SynonymsOf(string name)
    {
        var names = NamesOf(name);
        var found = ImmutableArray.CreateBuilder<ConfigSynonym>();
        Add(DynamicBroker, ConfigSource.DynamicBroker);
        Add(DynamicDefault, ConfigSource.DynamicDefaultBroker);
        Add(Static, ConfigSource.StaticBroker);
        foreach (var each in names)
        {
            if (DefaultOf(each) is { } value)
                found.Add(new ConfigSynonym(each, Shown(each, value), ConfigSource.Default));
        }

        return [.. found.SkipWhile(synonym => synonym.Name != name)];

        void Add(IReadOnlyDictionary<string, string> layer, ConfigSource source)
        {
            foreach (var each in names)
            {
                if (layer.TryGetValue(each, out var value))
                    found.Add(new ConfigSynonym(each, Shown(each, value), source));
            }
        }
    }

    private static ImmutableArray<string> NamesOf(string name)
    {
        foreach (var topic in ConfigCatalog.Topic.All)
        {
            if (topic.BrokerSynonyms.Length > 1 && topic.BrokerSynonyms.Any(synonym => synonym.Name == name))
                return [.. topic.BrokerSynonyms.Select(synonym => synonym.Name)];
        }

        return [name];
    }

    private static string? Shown(string name, string value) =>
        ConfigCatalog.TryGetBroker(name, out var definition) && !definition.IsSensitive ? Normalize(name, value) : null;

    private static string? Normalize(string name, string value) =>
        ConfigCatalog.TryGetBroker(name, out var definition) && definition.TryNormalize(value, out var normalized, out _) ? normalized : value;

    private static string? DefaultOf(string name) =>
        ConfigCatalog.Broker.TryGet(name, out var definition) && !definition.IsDynamicOnly ? definition.Default : null;

    private static string Times(string value, long factor)
    {
        var number = long.Parse(value, CultureInfo.InvariantCulture);
        // Below zero means "no limit", in whatever unit.
        var product = number < 0 ? number : number > long.MaxValue / factor ? long.MaxValue : number * factor;
        return product.ToString(CultureInfo.InvariantCulture);
    }
}
