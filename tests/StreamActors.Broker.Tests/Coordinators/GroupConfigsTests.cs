using System.Collections.Immutable;
using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;

namespace StreamActors.Broker.Tests.Coordinators;

public sealed class GroupConfigsTests
{
    private readonly View view = new();

    [Fact]
    public void A_groups_own_setting_wins_over_the_brokers_and_follows_changes()
    {
        var configs = new GroupConfigs(view, new BrokerId(1), new Dictionary<string, string> { ["group.consumer.heartbeat.interval.ms"] = "4000" });
        Assert.Equal(new GroupConfig(45_000, 4000, 1000), configs.For("a"));
        Assert.Same(configs.For("a"), configs.For("b"));

        Set(ConfigResourceType.Group, "a", "consumer.session.timeout.ms", "50000");
        Set(ConfigResourceType.Broker, "", "group.consumer.assignment.interval.ms", "3000");
        Assert.Equal(new GroupConfig(50_000, 4000, 3000), configs.For("a"));
        Assert.Equal(new GroupConfig(45_000, 4000, 3000), configs.For("b"));
        Assert.Same(configs.For("a"), configs.For("a"));

        view.Current = MetadataImage.Empty;
        Assert.Equal(new GroupConfig(45_000, 4000, 1000), configs.For("a"));
    }

    private void Set(ConfigResourceType type, string resource, string name, string value) => view.Current = view.Current with
    {
        Configs = view.Current.Configs.SetItem(new ConfigResource(type, resource), view.Current.ConfigsOf(type, resource).SetItem(name, value)),
    };

    private sealed class View : IMetadataView
    {
        public MetadataImage Current { get; set; } = MetadataImage.Empty;
    }
}
