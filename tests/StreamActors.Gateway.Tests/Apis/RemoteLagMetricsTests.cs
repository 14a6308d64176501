using System.Diagnostics.Metrics;
using StreamActors.Broker.Progress;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Gateway.Tests.Apis;

/// <summary>The lag of groups whose partitions other brokers lead.</summary>
[Collection("meters")] // Listeners hear all meters of the process: one after the other.
public sealed class RemoteLagMetricsTests(NodeUnderTest node) : IClassFixture<NodeUnderTest>
{
    [Fact]
    public async Task Partitions_that_others_lead_are_asked_of_their_leader()
    {
        using var client = await node.ConnectAsync();
        await NodeUnderTest.CreateTopicAsync(client, "remote", 2);
        await GroupProgressTests.ProduceAsync(client, "remote", 0, 1, 1, 1);
        await GroupProgressTests.CommitAsync(client, "near", "remote", (0, 2), (1, 0));
        await GroupProgressTests.CommitAsync(client, "far", "remote", (0, 0));
        // Seen from another broker, all is led elsewhere.
        var progress = new PartitionProgress(node.Services.Partitions, node.Services.Metadata, new BrokerId(99), TimeProvider.System);
        var leader = new Leader(node.Services.Progress);
        using var metrics = new GroupLagMetrics(node.Services.Groups, progress, leader, TimeProvider.System, new GroupLagSettings(TimeSpan.Zero, 100), failure => Assert.Fail($"{failure}"));
        await metrics.MeasureAsync();
        var lags = new Dictionary<string, long>();
        using var listener = new MeterListener { InstrumentPublished = (instrument, its) => { if (instrument.Name == "kafka_consumergroup_lag") its.EnableMeasurementEvents(instrument); } };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => lags[GroupLagMetricsTests.Text(tags)] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal(1, lags["consumergroup=near,topic=remote,partition=0"]);
        Assert.Equal(0, lags["consumergroup=near,topic=remote,partition=1"]);
        Assert.Equal(3, lags["consumergroup=far,topic=remote,partition=0"]);
        Assert.All(leader.Asked, asked => Assert.Equal(new BrokerId(1), asked));

        leader.IsAway = true;
        await metrics.MeasureAsync();
        lags.Clear();
        listener.RecordObservableInstruments();
        Assert.Empty(lags);
    }

    private sealed class Leader(PartitionProgress progress) : IRemoteProgress
    {
        public List<BrokerId> Asked { get; } = [];

        public bool IsAway { get; set; }

        public async ValueTask<IReadOnlyDictionary<TopicPartition, DescribeGroupProgressResponse.LogProgress>?> AskAsync(
            BrokerId leader, IReadOnlyDictionary<TopicPartition, Offset> positions)
        {
            Asked.Add(leader);
            if (IsAway) return null;
            var logs = new Dictionary<TopicPartition, DescribeGroupProgressResponse.LogProgress>();
            foreach (var (partition, offset) in positions) logs[partition] = await progress.OfAsync(partition.Topic, partition.Partition, offset.Value, mayWake: true);
            return logs;
        }
    }
}
