using StreamActors.Cluster.Configs;

namespace StreamActors.Cluster.Tests.Configs;

public sealed class ConfigChecksTests
{
    [Fact]
    public void Takes_what_belongs_together() =>
        Assert.Null(Topic(("min.compaction.lag.ms", "10"), ("max.compaction.lag.ms", "20"), ("cleanup.policy", "compact"), ("local.retention.ms", "99999999999")));

    [Fact]
    public void Names_the_setting_that_was_probably_meant() =>
        Assert.Equal("Unknown topic configuration retention.mss; did you mean retention.ms?", Topic(("retention.mss", "1")));

    [Fact]
    public void Names_nothing_where_nothing_is_close() =>
        Assert.Equal("Unknown topic configuration foo.bar", Topic(("foo.bar", "1")));

    [Fact]
    public void Refuses_a_shortest_compaction_lag_above_the_longest() =>
        Assert.Equal("min.compaction.lag.ms (30) is above max.compaction.lag.ms (20)", Topic(("min.compaction.lag.ms", "30"), ("max.compaction.lag.ms", "20")));

    [Fact]
    public void Refuses_remote_storage_where_there_is_none() =>
        Assert.Contains("remote.log.storage.system.enable", Topic(("remote.storage.enable", "true")), StringComparison.Ordinal);

    [Fact]
    public void Refuses_more_local_than_total_retention()
    {
        var broker = BrokerConfigLayers.OfStatic(new Dictionary<string, string> { ["remote.log.storage.system.enable"] = "true" });
        var values = new Dictionary<string, string?> { ["remote.storage.enable"] = "true", ["retention.ms"] = "10", ["local.retention.ms"] = "20" };
        Assert.Equal("local.retention.ms (20) is above retention.ms (10)", ConfigChecks.Topic(values, broker));
    }

    [Fact]
    public void Refuses_a_null_value() =>
        Assert.Equal("Invalid value null for configuration retention.ms: a value is needed", Topic(("retention.ms", null)));

    [Theory]
    [InlineData("num.partitions", "3", true, "Configuration num.partitions can only be set at the start of a broker")]
    [InlineData("ssl.keystore.type", "PEM", false, "Configuration ssl.keystore.type can only be set for one broker, not for all")]
    [InlineData("ssl.keystore.type", "PEM", true, null)]
    [InlineData("log.segment.bytes", "2000000", false, null)]
    [InlineData("log.segment.bytes", "1", false, "Invalid value 1 for configuration log.segment.bytes: must be at least 1048576")]
    [InlineData("log.segmnet.bytes", "1", false, "Unknown broker configuration log.segmnet.bytes; did you mean log.segment.bytes?")]
    public void Brokers_change_while_they_run_only_what_can_change(string name, string value, bool perBroker, string? error) =>
        Assert.Equal(error, ConfigChecks.DynamicBroker(new Dictionary<string, string?> { [name] = value }, perBroker));

    private static string? Topic(params (string Name, string? Value)[] values) =>
        ConfigChecks.Topic(values.ToDictionary(pair => pair.Name, pair => pair.Value), BrokerConfigLayers.Empty);
}
