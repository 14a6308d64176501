using StreamActors.Cluster.Sharding;
using StreamActors.Protocol;

namespace StreamActors.Cluster.Tests.Sharding;

public class ReplicaNamesTests
{
    [Fact]
    public void A_shard_names_its_broker_and_an_entity_its_partition()
    {
        var partition = new TopicIdPartition(new TopicId(Guid.NewGuid()), 17);
        Assert.Equal(7, ReplicaNames.BrokerOf(ReplicaNames.Shard(new BrokerId(7), partition)).Value);
        Assert.True(ReplicaNames.TryParseEntity(ReplicaNames.Entity(partition), out var parsed));
        Assert.Equal(partition, parsed);
    }

    [Fact]
    public void A_broker_has_few_shards_and_all_of_them_are_used()
    {
        var topic = new TopicId(Guid.NewGuid());
        var shards = Enumerable.Range(0, 1000).Select(index => ReplicaNames.Shard(new BrokerId(1), new TopicIdPartition(topic, index))).Distinct();
        Assert.Equal(ReplicaNames.ShardsPerBroker, shards.Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("short-1")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAQ")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAQ-")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAQ-x")]
    [InlineData("****************------1")]
    public void What_is_no_entity_is_not_taken_for_one(string name) => Assert.False(ReplicaNames.TryParseEntity(name, out _));

    [Theory]
    [InlineData("")]
    [InlineData(".03")]
    [InlineData("x.03")]
    [InlineData("7")]
    public void What_is_no_shard_belongs_to_nobody(string name) => Assert.Equal(BrokerId.None, ReplicaNames.BrokerOf(name));
}
