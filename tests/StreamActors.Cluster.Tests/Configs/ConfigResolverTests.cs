using StreamActors.Cluster.Configs;
using StreamActors.Protocol;

namespace StreamActors.Cluster.Tests.Configs;

public sealed class ConfigResolverTests
{
    private static readonly Dictionary<string, string> None = [];

    [Fact]
    public void Describes_a_topic_line_by_line_as_a_real_broker_does()
    {
        var overrides = new Dictionary<string, string> { ["cleanup.policy"] = "compact", ["retention.ms"] = "1000" };
        var dynamicDefault = new Dictionary<string, string> { ["min.insync.replicas"] = "1" };

        var entries = TopicConfigResolver.Resolve(overrides, None, dynamicDefault, None);

        Assert.Equal(ReferenceConfigs.Lines("kafka-describe-topic.txt"), entries.Where(entry => entry.Name != "flush.acknowledge").Select(Line));
    }

    // What a broker of the reference release said, started with and altered to what is set up here.
    [Theory]
    [InlineData("flush.ms=1000 sensitive=false synonyms={}")]
    [InlineData("index.interval.bytes=5000 sensitive=false synonyms={DYNAMIC_DEFAULT_BROKER_CONFIG:log.index.interval.bytes=5000, DEFAULT_CONFIG:log.index.interval.bytes=4096}")]
    [InlineData("max.message.bytes=2000000 sensitive=false synonyms={STATIC_BROKER_CONFIG:message.max.bytes=2000000, DEFAULT_CONFIG:message.max.bytes=1048588}")]
    [InlineData("retention.ms=86400000 sensitive=false synonyms={}")]
    [InlineData("segment.bytes=5000000 sensitive=false synonyms={DYNAMIC_BROKER_CONFIG:log.segment.bytes=5000000, DYNAMIC_DEFAULT_BROKER_CONFIG:log.segment.bytes=6000000, DEFAULT_CONFIG:log.segment.bytes=1073741824}")]
    [InlineData("segment.ms=18000000 sensitive=false synonyms={}")]
    public void A_topic_takes_its_defaults_from_the_broker(string line) =>
        Assert.Contains(line, TopicConfigResolver.Resolve(None, Altered).Select(Line));

    [Theory]
    [InlineData("log.retention.hours=24 sensitive=false synonyms={STATIC_BROKER_CONFIG:log.retention.hours=24, DEFAULT_CONFIG:log.retention.hours=168}")]
    [InlineData("log.retention.ms=null sensitive=false synonyms={}")]
    [InlineData("log.flush.scheduler.interval.ms=1000 sensitive=false synonyms={STATIC_BROKER_CONFIG:log.flush.scheduler.interval.ms=1000, DEFAULT_CONFIG:log.flush.scheduler.interval.ms=9223372036854775807}")]
    [InlineData("leader.replication.throttled.rate=7777 sensitive=false synonyms={DYNAMIC_DEFAULT_BROKER_CONFIG:leader.replication.throttled.rate=7777}")]
    [InlineData("log.segment.bytes=5000000 sensitive=false synonyms={DYNAMIC_BROKER_CONFIG:log.segment.bytes=5000000, DYNAMIC_DEFAULT_BROKER_CONFIG:log.segment.bytes=6000000, DEFAULT_CONFIG:log.segment.bytes=1073741824}")]
    [InlineData("log.cleaner.io.max.bytes.per.second=1.7976931348623157E308 sensitive=false synonyms={DEFAULT_CONFIG:log.cleaner.io.max.bytes.per.second=1.7976931348623157E308}")]
    [InlineData("ssl.key.password=null sensitive=true synonyms={}")]
    public void Describes_a_broker_as_a_real_broker_does(string line) =>
        Assert.Contains(line, BrokerConfigResolver.Resolve(Altered).Select(Line));

    [Fact]
    public void A_broker_shows_neither_internal_settings_nor_dynamic_ones_that_are_not_set()
    {
        var names = BrokerConfigResolver.Resolve(BrokerConfigLayers.Empty).Select(entry => entry.Name).ToList();
        Assert.DoesNotContain("unstable.api.versions.enable", names);
        Assert.DoesNotContain("leader.replication.throttled.rate", names);
        Assert.Contains("num.partitions", names);
    }

    [Fact]
    public void Only_settings_that_can_change_while_a_broker_runs_are_not_read_only()
    {
        var entries = BrokerConfigResolver.Resolve(BrokerConfigLayers.Empty).ToDictionary(entry => entry.Name);
        Assert.True(entries["num.partitions"].IsReadOnly);
        Assert.False(entries["log.segment.bytes"].IsReadOnly);
        Assert.False(entries["ssl.keystore.location"].IsReadOnly);
        Assert.All(TopicConfigResolver.Resolve(None, BrokerConfigLayers.Empty), entry => Assert.False(entry.IsReadOnly));
    }

    [Fact]
    public void A_password_is_never_shown()
    {
        var layers = BrokerConfigLayers.OfStatic(new Dictionary<string, string> { ["ssl.key.password"] = "hush" });
        var entry = BrokerConfigResolver.Resolve(layers).Single(entry => entry.Name == "ssl.key.password");
        Assert.Null(entry.Value);
        Assert.Equal(ConfigSource.StaticBroker, entry.Source);
        Assert.Null(Assert.Single(entry.Synonyms).Value);
        Assert.Equal("hush", layers.Value("ssl.key.password"));
    }

    [Fact]
    public void The_defaults_of_all_brokers_are_what_was_set_for_all_brokers() =>
        Assert.Equal(
            ["leader.replication.throttled.rate", "log.index.interval.bytes", "log.segment.bytes"],
            BrokerConfigResolver.ResolveDefaults(Altered.DynamicDefault).Select(entry => entry.Name));

    [Fact]
    public void A_group_takes_its_defaults_from_the_broker()
    {
        var overrides = new Dictionary<string, string> { ["consumer.session.timeout.ms"] = "50000" };
        var lines = BrokerConfigResolver.ResolveGroup(overrides, BrokerConfigLayers.Empty).Select(Line).ToList();
        Assert.Contains("consumer.session.timeout.ms=50000 sensitive=false synonyms={DYNAMIC_GROUP_CONFIG:consumer.session.timeout.ms=50000, DEFAULT_CONFIG:group.consumer.session.timeout.ms=45000}", lines);
        Assert.Contains("share.auto.offset.reset=latest sensitive=false synonyms={DEFAULT_CONFIG:share.auto.offset.reset=latest}", lines);
        Assert.Equal(17, lines.Count);
    }

    [Fact]
    public void Gives_the_values_in_force_typed()
    {
        var values = TopicConfigResolver.Values(new Dictionary<string, string> { ["cleanup.policy"] = "compact,delete" }, Altered);
        Assert.Equal(86_400_000, values.Long("retention.ms"));
        Assert.Equal(5_000_000, values.Int("segment.bytes"));
        Assert.Equal(["compact", "delete"], values.List("cleanup.policy"));
        Assert.False(values.Boolean("preallocate"));
        Assert.Equal(0.5, values.Double("min.cleanable.dirty.ratio"));
        Assert.Equal("producer", values.String("compression.type"));
        Assert.Throws<InvalidOperationException>(() => values.Int("retention.ms"));
        Assert.Throws<KeyNotFoundException>(() => values.Int("retention"));
    }

    [Theory]
    [InlineData("-1", "-1")]
    [InlineData("9223372036854775807", "9223372036854775807")]
    public void No_limit_in_hours_is_no_limit_in_milliseconds(string hours, string expected)
    {
        var layers = new BrokerConfigLayers(None, None, new Dictionary<string, string> { ["log.retention.hours"] = hours });
        Assert.Equal(expected, layers.Value(ConfigCatalog.Topic["retention.ms"].BrokerSynonyms));
    }

    private static BrokerConfigLayers Altered => new(
        new Dictionary<string, string> { ["log.segment.bytes"] = "5000000" },
        new Dictionary<string, string> { ["log.segment.bytes"] = "6000000", ["log.index.interval.bytes"] = "5000", ["leader.replication.throttled.rate"] = "7777" },
        new Dictionary<string, string>
        {
            ["log.retention.hours"] = "24",
            ["log.roll.hours"] = "5",
            ["log.flush.scheduler.interval.ms"] = "1000",
            ["message.max.bytes"] = "2000000",
        });

    /// <summary>As the reference's command line prints an entry.</summary>
    private static string Line(ConfigEntry entry) =>
        $"{entry.Name}={entry.Value ?? "null"} sensitive={(entry.IsSensitive ? "true" : "false")} synonyms={{{string.Join(", ", entry.Synonyms.Select(s => $"{Word(s.Source)}:{s.Name}={s.Value ?? "null"}"))}}}";

    private static string Word(ConfigSource source) => source switch
    {
        ConfigSource.DynamicTopic => "DYNAMIC_TOPIC_CONFIG",
        ConfigSource.DynamicBroker => "DYNAMIC_BROKER_CONFIG",
        ConfigSource.DynamicDefaultBroker => "DYNAMIC_DEFAULT_BROKER_CONFIG",
        ConfigSource.StaticBroker => "STATIC_BROKER_CONFIG",
        ConfigSource.Default => "DEFAULT_CONFIG",
        ConfigSource.Group => "DYNAMIC_GROUP_CONFIG",
        _ => throw new ArgumentOutOfRangeException(nameof(source), source, "not expected here"),
    };
}
