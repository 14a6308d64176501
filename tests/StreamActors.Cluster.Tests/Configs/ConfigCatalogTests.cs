using System.Globalization;
using System.Text.Json;
using StreamActors.Cluster.Configs;

namespace StreamActors.Cluster.Tests.Configs;

public sealed class ConfigCatalogTests
{
    public static TheoryData<string> Sections => ["broker", "brokerOnlyDynamic", "topic", "group", "clientMetrics"];

    [Theory]
    [MemberData(nameof(Sections))]
    public void Every_setting_of_the_reference_is_there_as_it_is_there(string section)
    {
        var table = Table(section);
        var differences = new List<string>();
        foreach (var expected in ReferenceConfigs.Section(section))
        {
            var name = expected.GetProperty("name").GetString()!;
            if (!table.TryGet(name, out var actual))
            {
                differences.Add($"{name} is missing");
                continue;
            }

            Compare(differences, name, "type", Text(expected, "type"), actual.Type.ToString().ToLowerInvariant());
            Compare(differences, name, "default", Text(expected, "default"), actual.Default);
            Compare(differences, name, "importance", Text(expected, "importance"), actual.Importance.ToString().ToLowerInvariant());
            Compare(differences, name, "internal", expected.TryGetProperty("internal", out _), actual.IsInternal);
            Compare(differences, name, "required", expected.TryGetProperty("required", out _), actual.IsRequired);
            Compare(differences, name, "dynamic only", section == "brokerOnlyDynamic", actual.IsDynamicOnly);
            Compare(differences, name, "synonyms", Synonyms(expected), string.Join(", ", actual.BrokerSynonyms.Select(s => $"{s.Name}*{s.Factor}")));
            Compare(differences, name, "valid", Text(expected, "valid") ?? "", Valid(actual, Text(expected, "valid")));
            if (Text(expected, "update") is { } update)
                Compare(differences, name, "update", update, actual.Update switch { ConfigUpdate.ReadOnly => "read-only", ConfigUpdate.PerBroker => "per-broker", _ => "cluster-wide" });
            if (actual.Documentation.Length < 15)
                differences.Add($"{name} is not documented");
        }

        Assert.Empty(differences);
    }

    [Fact]
    public void There_is_one_setting_that_the_reference_lacks()
    {
        const int Ours = 1; // log.flush.acknowledge, and flush.acknowledge for topics
        string[] sections = ["broker", "brokerOnlyDynamic"];
        Assert.Equal(sections.Sum(section => ReferenceConfigs.Section(section).Count) + Ours, ConfigCatalog.Broker.All.Length);
        Assert.Equal(ReferenceConfigs.Section("topic").Count + Ours, ConfigCatalog.Topic.All.Length);
        Assert.Equal(ReferenceConfigs.Section("group").Count, ConfigCatalog.Group.All.Length);
        Assert.Equal(ReferenceConfigs.Section("clientMetrics").Count, ConfigCatalog.ClientMetrics.All.Length);
    }

    [Fact]
    public void Each_default_is_valid_and_written_as_normalized()
    {
        ConfigTable[] tables = [ConfigCatalog.Broker, ConfigCatalog.Topic, ConfigCatalog.Group, ConfigCatalog.ClientMetrics];
        foreach (var definition in tables.SelectMany(table => table.All).Where(definition => definition.Default is not (null or "")))
        {
            Assert.True(definition.TryNormalize(definition.Default, out var normalized, out var error), error);
            Assert.Equal(definition.Default, normalized);
        }
    }

    [Fact]
    public void The_tables_are_in_order_of_their_names()
    {
        ConfigTable[] tables = [ConfigCatalog.Broker, ConfigCatalog.Topic, ConfigCatalog.Group, ConfigCatalog.ClientMetrics];
        foreach (var table in tables)
            Assert.Equal(table.All.Select(d => d.Name).Order(StringComparer.Ordinal), table.All.Select(d => d.Name));
    }

    [Fact]
    public void Every_synonym_names_a_broker_setting()
    {
        foreach (var synonym in ConfigCatalog.Topic.All.Concat(ConfigCatalog.Group.All).SelectMany(definition => definition.BrokerSynonyms))
            Assert.True(ConfigCatalog.Broker.TryGet(synonym.Name, out _), synonym.Name);
    }

    [Theory]
    [InlineData("listener.name.internal.ssl.keystore.location", "ssl.keystore.location")]
    [InlineData("listener.name.internal.scram-sha-256.sasl.jaas.config", "sasl.jaas.config")]
    [InlineData("num.partitions", "num.partitions")]
    [InlineData("listener.name.internal.nonsense", null)]
    [InlineData("listener.name.", null)]
    [InlineData("nonsense", null)]
    public void A_broker_setting_can_be_given_for_one_listener(string name, string? expected)
    {
        Assert.Equal(expected is not null, ConfigCatalog.TryGetBroker(name, out var definition));
        Assert.Equal(expected, definition?.Name);
    }

    private static ConfigTable Table(string section) => section switch
    {
        "topic" => ConfigCatalog.Topic,
        "group" => ConfigCatalog.Group,
        "clientMetrics" => ConfigCatalog.ClientMetrics,
        _ => ConfigCatalog.Broker,
    };

    private static string? Text(JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Synonyms(JsonElement expected)
    {
        if (Text(expected, "brokerSynonym") is { } one)
            return one + "*1";
        if (!expected.TryGetProperty("brokerSynonyms", out var many))
            return "";
        return string.Join(", ", many.EnumerateArray().Select(s => $"{Text(s, "name")}*{(s.TryGetProperty("factor", out var f) ? f.GetInt64() : 1)}"));
    }

    /// <summary>Our rule in the reference's words.</summary>
    private static string Valid(ConfigDefinition definition, string? reference) => definition.Rule switch
    {
        ConfigRule.Range { Or: { } or } range => $"[{range.Min},...,{range.Max}] or {or}",
        ConfigRule.Range { Max: null } range => string.Create(CultureInfo.InvariantCulture, $"[{range.Min},...]"),
        ConfigRule.Range range => string.Create(CultureInfo.InvariantCulture, $"[{range.Min},...,{range.Max}]"),
        ConfigRule.OneOf { IgnoreCase: true } words => $"(case insensitive) [{string.Join(", ", words.Words)}]",
        ConfigRule.OneOf words => $"[{string.Join(", ", words.Words)}]",
        ConfigRule.ThrottledReplicas => "[partitionId]:[brokerId],[partitionId]:[brokerId],...",
        ConfigRule.OffsetReset => "[latest, earliest, by_duration:PnDTnHnMn.nS]",
        ConfigRule.NotEmpty => definition.Type == ConfigType.List ? "non-empty list" : "non-empty string",
        _ => reference == "non-null string" ? reference : "",
    };

    private static void Compare<T>(List<string> differences, string name, string what, T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            differences.Add($"{name}: {what} is {actual}, should be {expected}");
    }
}
