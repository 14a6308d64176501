using StreamActors.Client.Connections;
using StreamActors.Client.Errors;
using StreamActors.Client.Tests.Support;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Client.Tests.Metadata;

public sealed class MetadataTests
{
    [Fact]
    public void Bootstraps_from_whichever_address_answers() => World.Run(async world =>
    {
        await using var cluster = await FakeCluster.StartAsync(world.Time, brokerCount: 2);
        cluster.AddTopic("t", 2);
        using var core = new ClientCore(cluster.Options with { BootstrapServers = [new("nowhere", 1), new("neither", 2), new("broker2", 9092)] });

        var topic = await core.Metadata.GetTopicAsync("t", core.After(TimeSpan.FromSeconds(5)));

        Assert.Equal([new BrokerId(1), new BrokerId(2)], topic.Partitions.Select(p => p.Leader));
        Assert.Equal(cluster.Topics["t"].Id, topic.TopicId.Value);
    });

    [Fact]
    public void Says_when_no_address_answers() => World.Run(async world =>
    {
        await using var cluster = await FakeCluster.StartAsync(world.Time);
        using var core = new ClientCore(cluster.Options with { BootstrapServers = [new("nowhere", 1)] });

        var error = await Assert.ThrowsAsync<KafkaException>(() => core.Metadata.RefreshAsync());

        Assert.Equal(ErrorCode.NetworkException, error.Code);
        Assert.Contains("nowhere:1", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Waits_for_a_topic_that_comes_late_but_not_for_ever() => World.Run(async world =>
    {
        await using var cluster = await FakeCluster.StartAsync(world.Time);
        using var core = new ClientCore(cluster.Options);
        var late = core.Metadata.GetTopicAsync("late", core.After(TimeSpan.FromSeconds(5))).AsTask();
        await world.Sleep(1000);
        cluster.AddTopic("late");
        Assert.Equal("late", (await late).Name);

        var start = world.Time.GetTimestamp();
        var error = await Assert.ThrowsAsync<KafkaException>(() => core.Metadata.GetTopicAsync("never", core.After(TimeSpan.FromSeconds(5))).AsTask());
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, error.Code);
        Assert.InRange(world.Time.GetElapsedTime(start).TotalSeconds, 5, 5.1);
    });

    [Fact]
    public void Asks_again_when_it_is_old_and_when_it_is_wrong_and_not_otherwise() => World.Run(async world =>
    {
        await using var cluster = await FakeCluster.StartAsync(world.Time);
        cluster.AddTopic("t");
        using var core = new ClientCore(cluster.Options);
        async Task<int> Asked()
        {
            await core.Metadata.GetTopicAsync("t", core.After(TimeSpan.FromSeconds(5)));
            return cluster.Sent<MetadataRequest>().Count();
        }

        Assert.Equal(1, await Asked());
        Assert.Equal(1, await Asked());
        core.Metadata.Invalidate();
        Assert.Equal(2, await Asked());
        await world.Sleep(TimeSpan.FromMinutes(6).TotalMilliseconds);
        Assert.Equal(3, await Asked());
    });

    [Fact]
    public void Does_not_go_back_to_a_leader_of_an_older_epoch() => World.Run(async world =>
    {
        await using var cluster = await FakeCluster.StartAsync(world.Time, brokerCount: 2);
        cluster.AddTopic("t");
        cluster.Topics["t"].Leaders[0] = 2;
        cluster.Topics["t"].LeaderEpoch = 9;
        using var core = new ClientCore(cluster.Options);
        await core.Metadata.GetTopicAsync("t", core.After(TimeSpan.FromSeconds(5)));

        cluster.Topics["t"].Leaders[0] = 1;
        cluster.Topics["t"].LeaderEpoch = 8;
        await core.Metadata.RefreshAsync();
        Assert.Equal(new BrokerAddress("broker2", 9092), core.Metadata.Current.LeaderOf(new TopicPartition("t", 0))!.Address);

        cluster.Topics["t"].LeaderEpoch = 10;
        await core.Metadata.RefreshAsync();
        Assert.Equal(new BrokerAddress("broker1", 9092), core.Metadata.Current.LeaderOf(new TopicPartition("t", 0))!.Address);
    });
}
