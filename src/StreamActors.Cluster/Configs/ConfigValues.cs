using System.Globalization;

namespace StreamActors.Cluster.Configs;

/// <summary>Values in force of a table's settings, typed. Asking for a setting by a wrong name or type is a mistake of the program and throws.</summary>
public sealed class ConfigValues
{
    private readonly ConfigTable _table;
    private readonly Func<ConfigDefinition, string?> _value;

    internal ConfigValues(ConfigTable table, Func<ConfigDefinition, string?> value) => (_table, _value) = (table, value);

    /// <summary>The settings of a broker.</summary>
    public static ConfigValues OfBroker(BrokerConfigLayers layers) => new(ConfigCatalog.Broker, definition => layers.Value(definition.Name));

    public bool Boolean(string name) => Text(name, ConfigType.Boolean) == "true";

    public int Int(string name) => int.Parse(Text(name, ConfigType.Int, ConfigType.Short), CultureInfo.InvariantCulture);

    public long Long(string name) => long.Parse(Text(name, ConfigType.Long, ConfigType.Int), CultureInfo.InvariantCulture);

    public double Double(string name) => double.Parse(Text(name, ConfigType.Double), CultureInfo.InvariantCulture);

    public string[] List(string name) => ConfigText.SplitList(Text(name, ConfigType.List));

    public string String(string name) => Text(name, ConfigType.String, ConfigType.Class);

    /// <summary>As written; null where there is none.</summary>
    public string? Raw(string name) => _value(_table[name]);

    private string Text(string name, params ReadOnlySpan<ConfigType> types)
    {
        var definition = _table[name];
        if (!types.Contains(definition.Type))
            throw new InvalidOperationException($"{definition} was asked for as {types[0]}");
        return _value(definition) ?? throw new InvalidOperationException($"{definition} has no value");
    }
}
