using StreamActors.Cluster.Configs;
using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Cluster.Tests.Controller;

/// <summary>Settings of groups; what is refused and taken is what the reference refuses and takes.</summary>
public class GroupConfigTests
{
    private readonly ControllerFixture controller = new();

    [Theory]
    [InlineData("consumer.session.timeout.ms=50000,consumer.heartbeat.interval.ms=6000", null)]
    [InlineData("consumer.session.timeout.ms=46000,consumer.heartbeat.interval.ms=15000", null)]
    [InlineData("consumer.session.timeout.ms=1000", "below group.consumer.min.session.timeout.ms (45000)")]
    [InlineData("consumer.session.timeout.ms=60001", "above group.consumer.max.session.timeout.ms (60000)")]
    [InlineData("consumer.heartbeat.interval.ms=70000", "above group.consumer.max.heartbeat.interval.ms (15000)")]
    [InlineData("consumer.heartbeat.interval.ms=0", "at least 1")]
    [InlineData("share.record.lock.duration.ms=1", "at least 1000")]
    [InlineData("share.record.lock.duration.ms=14999", "below group.share.min.record.lock.duration.ms (15000)")]
    [InlineData("share.isolation.level=read_some", "share.isolation.level")]
    [InlineData("streams.num.standby.replicas=3", "above group.streams.max.standby.replicas (2)")]
    [InlineData("foo=3", "Unknown config name: foo")]
    public void A_setting_is_taken_within_the_bounds_of_the_broker(string settings, string? fault)
    {
        var (error, message) = Alter(settings);
        Assert.Equal(fault is null ? ErrorCode.None : ErrorCode.InvalidConfig, error);
        if (fault is not null) Assert.Contains(fault, message, StringComparison.Ordinal);
        var kept = controller.Image.ConfigsOf(ConfigResourceType.Group, "g");
        Assert.Equal(fault is null ? settings.Split(',').Order(StringComparer.Ordinal) : [], kept.Select(pair => $"{pair.Key}={pair.Value}"));
    }

    [Fact]
    public void Bounds_come_from_the_brokers_own_settings_and_are_checked_with_what_is_set_already()
    {
        var bounds = new Dictionary<string, string>
        {
            ["group.consumer.min.session.timeout.ms"] = "1000",
            ["group.consumer.min.heartbeat.interval.ms"] = "500",
            ["group.consumer.session.timeout.ms"] = "20000",
        };
        var open = new ControllerFixture(new ControllerSettings { StaticBrokerConfigs = bounds });
        Assert.Equal(ErrorCode.None, Alter("consumer.session.timeout.ms=6000", open).Error);
        Assert.Contains("must be below", Alter("consumer.heartbeat.interval.ms=6000", open).Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.None, Alter("consumer.heartbeat.interval.ms=5999", open).Error);
    }

    [Fact]
    public void The_older_request_replaces_all_and_a_group_needs_a_name()
    {
        Alter("consumer.session.timeout.ms=50000");
        var replaced = controller.Decide<AlterConfigsResponse>(new AlterConfigsRequest
        {
            Resources =
            [
                new() { ResourceType = 32, ResourceName = "g", Configs = [new() { Name = "consumer.heartbeat.interval.ms", Value = "6000" }] },
                new() { ResourceType = 32, ResourceName = "h", Configs = [new() { Name = "consumer.heartbeat.interval.ms", Value = "60000" }] },
                new() { ResourceType = 32, ResourceName = "", Configs = [] },
            ],
        });
        Assert.Equal([ErrorCode.None, ErrorCode.InvalidConfig, ErrorCode.InvalidRequest], replaced.Responses.Select(each => (ErrorCode)each.ErrorCode));
        Assert.Equal(["consumer.heartbeat.interval.ms"], controller.Image.ConfigsOf(ConfigResourceType.Group, "g").Keys);
    }

    [Fact]
    public void A_value_that_a_later_bound_excludes_is_kept_within_it()
    {
        var own = new Dictionary<string, string> { ["consumer.session.timeout.ms"] = "50000" };
        Assert.Equal(50_000, GroupConfigBounds.InForce("consumer.session.timeout.ms", own, BrokerConfigLayers.Empty));
        var tight = BrokerConfigLayers.OfStatic(new Dictionary<string, string> { ["group.consumer.max.session.timeout.ms"] = "48000" });
        Assert.Equal(48_000, GroupConfigBounds.InForce("consumer.session.timeout.ms", own, tight));
        Assert.Equal(45_000, GroupConfigBounds.InForce("consumer.session.timeout.ms", MetadataImage.NoConfigs, tight));
    }

    private (ErrorCode Error, string? Message) Alter(string settings, ControllerFixture? fixture = null)
    {
        var response = (fixture ?? controller).Decide<IncrementalAlterConfigsResponse>(new IncrementalAlterConfigsRequest
        {
            Resources =
            [
                new()
                {
                    ResourceType = 32, ResourceName = "g",
                    Configs = [.. settings.Split(',').Select(each => each.Split('=')).Select(each => new IncrementalAlterConfigsRequest.AlterableConfig { Name = each[0], Value = each[1] })],
                },
            ],
        }).Responses.Single();
        return ((ErrorCode)response.ErrorCode, response.ErrorMessage);
    }
}
