using System.Collections.Immutable;
using System.Globalization;
using StreamActors.Cluster.Configs;
using StreamActors.Configuration.Hocon;

namespace StreamActors.Configuration;

/// <summary>Kafka's broker settings, as far as they were given.</summary>
internal static class KafkaSettings
{
    public const string PathText = "streamactors.kafka";

    public static ImmutableArray<string> Path { get; } = ["streamactors", "kafka"];

    /// <summary>Name to value, normalized. Problems name setting, place and what is valid.</summary>
    public static ImmutableSortedDictionary<string, string> Read(HoconObject root, List<string> problems)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (!root.TryGet(Path, out var value))
            return values.ToImmutable();
        if (value is not HoconObject kafka)
        {
            problems.Add($"{value.Origin}: {PathText} is a group of settings, not {value.Kind}");
            return values.ToImmutable();
        }

        foreach (var (name, given) in kafka.Fields)
        {
            if (!ConfigCatalog.TryGetBroker(name, out var definition))
                problems.Add($"{given.Origin}: unknown setting {PathText}.{name}" + (ConfigCatalog.Broker.Nearest(name) is { } near ? $"; did you mean {near}?" : ""));
            else if (definition.IsDynamicOnly)
                problems.Add($"{given.Origin}: {name} can only be set while brokers run");
            else if (given is not HoconScalar { IsNull: true } && Text(definition, given) is var text && !definition.TryNormalize(text, out _, out var error))
                problems.Add($"{given.Origin}: {error}");
            else if (given is not HoconScalar { IsNull: true })
                values[name] = definition.TryNormalize(Text(definition, given), out var normalized, out _) ? normalized! : "";
        }

        return values.ToImmutable();
    }

    /// <summary>Lists may be arrays; times in milliseconds and sizes in bytes may have units.</summary>
    private static string Text(ConfigDefinition definition, HoconValue value)
    {
        if (value is HoconArray array)
            return string.Join(',', array.Items.Select(item => item is HoconScalar scalar ? scalar.Text : HoconRenderer.ToJson(item)));
        if (value is not HoconScalar { Text: var text })
            return HoconRenderer.ToJson(value);
        if (definition.Type is not (ConfigType.Int or ConfigType.Long) || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _))
            return text;
        if (definition.Name.EndsWith(".ms", StringComparison.Ordinal) && HoconUnits.TryDuration(text, out var duration))
            return ((long)duration.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        if (definition.Name.Contains("bytes", StringComparison.Ordinal) && HoconUnits.TrySize(text, out var bytes))
            return bytes.ToString(CultureInfo.InvariantCulture);
        return text;
    }
}
