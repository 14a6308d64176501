using StreamActors.Cluster.Configs;

namespace StreamActors.Cluster.Tests.Configs;

public sealed class ConfigDefinitionTests
{
    [Theory]
    [InlineData("retention.ms", " 77 ", "77")]
    [InlineData("retention.ms", "+5", "5")]
    [InlineData("preallocate", "TRUE", "true")]
    [InlineData("cleanup.policy", " compact , delete ", "compact,delete")]
    [InlineData("cleanup.policy", "delete,delete", "delete")]
    [InlineData("cleanup.policy", "", "")]
    [InlineData("min.cleanable.dirty.ratio", "1", "1.0")]
    [InlineData("min.cleanable.dirty.ratio", "1e-3", "0.001")]
    [InlineData("min.cleanable.dirty.ratio", "0.00012", "1.2E-4")]
    [InlineData("follower.replication.throttled.replicas", "*", "*")]
    [InlineData("follower.replication.throttled.replicas", "1:2,3:4", "1:2,3:4")]
    [InlineData("compression.gzip.level", "-1", "-1")]
    [InlineData("compression.gzip.level", "9", "9")]
    public void Writes_each_value_in_one_way_only(string name, string value, string expected)
    {
        Assert.True(ConfigCatalog.Topic[name].TryNormalize(value, out var normalized, out var error), error);
        Assert.Equal(expected, normalized);
    }

    [Theory]
    [InlineData("retention.ms", "abc", "not a number of type LONG")]
    [InlineData("retention.ms", "-5", "must be at least -1")]
    [InlineData("retention.ms", "99999999999999999999", "not a number of type LONG")]
    [InlineData("retention.ms", "1.5", "not a number of type LONG")]
    [InlineData("segment.bytes", "9999999999", "not a number of type INT")]
    [InlineData("segment.bytes", "0x10", "not a number of type INT")]
    [InlineData("segment.bytes", "10", "must be at least 1048576")]
    [InlineData("cleanup.policy", "foo", "must be a list of: compact, delete")]
    [InlineData("cleanup.policy", "delete,", "the list has an empty element")]
    [InlineData("compression.type", "x", "must be one of: uncompressed, zstd, lz4, snappy, gzip, producer")]
    [InlineData("message.timestamp.type", "logappendtime", "must be one of: CreateTime, LogAppendTime")]
    [InlineData("min.cleanable.dirty.ratio", "2", "must be at most 1")]
    [InlineData("min.cleanable.dirty.ratio", "NaN", "not a number of type DOUBLE")]
    [InlineData("preallocate", "maybe", "must be true or false")]
    [InlineData("compression.gzip.level", "0", "must be between 1 and 9, or -1")]
    [InlineData("compression.gzip.level", "10", "must be between 1 and 9, or -1")]
    [InlineData("follower.replication.throttled.replicas", "xx", "must be * or a list of partition:broker, such as 0:101,0:102,1:101")]
    public void Says_what_is_wrong_with_a_value(string name, string value, string problem)
    {
        Assert.False(ConfigCatalog.Topic[name].TryValidate(value, out var error));
        Assert.Equal($"Invalid value {value} for configuration {name}: {problem}", error);
    }

    [Theory]
    [InlineData("latest", true)]
    [InlineData("EARLIEST", true)]
    [InlineData("by_duration:PT1H30M", true)]
    [InlineData("by_duration:P2DT0.5S", true)]
    [InlineData("by_duration:-PT1H", false)]
    [InlineData("by_duration:", false)]
    [InlineData("by_duration:1h", false)]
    [InlineData("none", false)]
    public void A_share_group_starts_at_an_end_or_a_duration_back(string value, bool valid) =>
        Assert.Equal(valid, ConfigCatalog.Group["share.auto.offset.reset"].TryValidate(value, out _));

    [Fact]
    public void Does_not_tell_a_password_in_an_error()
    {
        var definition = new ConfigDefinition
        {
            Name = "secret",
            Type = ConfigType.Password,
            Default = null,
            Rule = new ConfigRule.NotEmpty(),
            Importance = ConfigImportance.High,
            Update = ConfigUpdate.ReadOnly,
            Documentation = "",
        };
        Assert.False(definition.TryValidate("", out var error));
        Assert.Equal("Invalid value [hidden] for configuration secret: must not be empty", error);
    }

    [Theory]
    [InlineData("controller_mutation_rate", 2147483647d, "2.147483647E9")]
    [InlineData("max", double.MaxValue, "1.7976931348623157E308")]
    [InlineData("half", 0.5, "0.5")]
    [InlineData("large", 1234567d, "1234567.0")]
    [InlineData("larger", 12345678d, "1.2345678E7")]
    [InlineData("zero", 0d, "0.0")]
    [InlineData("negative", -0.25, "-0.25")]
    [InlineData("infinite", double.PositiveInfinity, "Infinity")]
    public void Prints_doubles_as_the_java_tools_do(string what, double value, string expected)
    {
        var definition = new ConfigDefinition
        {
            Name = what,
            Type = ConfigType.Double,
            Default = null,
            Rule = new ConfigRule.Anything(),
            Importance = ConfigImportance.High,
            Update = ConfigUpdate.ReadOnly,
            Documentation = "",
        };
        Assert.True(definition.TryNormalize(value.ToString("R"), out var normalized, out _));
        Assert.Equal(expected, normalized);
    }
}
