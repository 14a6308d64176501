using StreamActors.Broker.Progress;
using StreamActors.Broker.Tests.Node;
using StreamActors.Protocol;

namespace StreamActors.Broker.Tests.Progress;

public sealed class PartitionProgressTests
{
    [Fact]
    public async Task A_partition_that_sleeps_is_told_of_without_waking_it_as_far_as_it_is_known()
    {
        using var folder = new TempFolder();
        await using var node = await TestNode.StartAsync(
            folder.Path, options => options with { Replicas = options.Replicas with { PassivateAfter = TimeSpan.FromMilliseconds(200) } });
        var progress = new PartitionProgress(node.Runtime.Directory, node.Runtime.Metadata, node.Options.Id, TimeProvider.System);
        var topic = await node.CreateTopicAsync("orders");
        var old = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() - 100_000;
        for (var record = 0; record < 3; record++) await node.AppendAsync(topic, "value", timestamp: old);
        Assert.InRange((await AskAsync(1, mayWake: true)).LagMs, 100_000, 200_000);

        await SleepsAsync();
        var known = await AskAsync(1, mayWake: false);
        Assert.Equal((0, 0L, 3L, 3L), (known.ErrorCode, known.LogStartOffset, known.HighWatermark, known.LogEndOffset));
        Assert.InRange(known.LagMs, 100_000, 200_000);
        Assert.Equal(0, (await AskAsync(3, mayWake: false)).LagMs);
        Assert.Equal(ErrorCode.ReplicaNotAvailable, (ErrorCode)(await AskAsync(2, mayWake: false)).ErrorCode);
        Assert.Equal(0, node.Runtime.Directory.AwakeCount);

        Assert.InRange((await AskAsync(2, mayWake: true)).LagMs, 100_000, 200_000);
        await SleepsAsync();
        Assert.InRange((await AskAsync(2, mayWake: false)).LagMs, 100_000, 200_000);

        await node.AppendAsync(topic, "later");
        await SleepsAsync();
        Assert.Equal(4, (await AskAsync(3, mayWake: true)).HighWatermark);

        async Task<Protocol.Messages.DescribeGroupProgressResponse.LogProgress> AskAsync(long committed, bool mayWake) => await progress.OfAsync("orders", 0, committed, mayWake);

        Task SleepsAsync() => Eventually.Async(() => node.Runtime.Directory.AwakeCount == 0);
    }

    [Fact]
    public async Task What_another_broker_leads_or_nobody_has_is_said()
    {
        using var folder = new TempFolder();
        await using var node = await TestNode.StartAsync(folder.Path);
        await node.CreateTopicAsync("orders");
        var elsewhere = new PartitionProgress(node.Runtime.Directory, node.Runtime.Metadata, new BrokerId(7), TimeProvider.System);
        var told = await elsewhere.OfAsync("orders", 0, 0, mayWake: true);
        Assert.Equal((ErrorCode.NotLeaderOrFollower, 1), ((ErrorCode)told.ErrorCode, told.LeaderId));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (ErrorCode)(await elsewhere.OfAsync("orders", 3, 0, mayWake: true)).ErrorCode);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (ErrorCode)(await elsewhere.OfAsync("missing", 0, 0, mayWake: true)).ErrorCode);
    }
}
