using StreamActors.Broker.Replicas;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Tests.Node;

public class RetentionTests
{
    private static readonly TimeSpan Week = TimeSpan.FromDays(7) + TimeSpan.FromMinutes(10);

    [Fact]
    public async Task An_awake_partition_loses_what_is_older_than_its_topic_keeps()
    {
        using var folder = new TempFolder();
        var clock = new ShiftedClock();
        await using var node = await TestNode.StartAsync(
            folder.Path, options => options with { Replicas = options.Replicas with { PassivateAfter = TimeSpan.Zero } }, time: clock);
        var topic = await node.CreateTopicAsync("orders");
        var handle = await node.WakeAsync(topic);
        await AppendAsync(node, topic, clock, 3);
        clock.Advance(TimeSpan.FromDays(6));
        await TestNode.AppendAsync(handle, "new", timestamp: Now(clock));
        Assert.Equal(0, handle.View.LogStartOffset.Value);
        clock.Advance(TimeSpan.FromDays(2));
        await TestNode.AppendAsync(handle, "newest", timestamp: Now(clock));
        Assert.Equal(0, handle.View.LogStartOffset.Value);
        clock.Advance(TimeSpan.FromDays(7));
        await Eventually.Async(() => handle.View.LogStartOffset.Value > 3);
    }

    [Fact]
    public async Task A_partition_that_sleeps_is_woken_when_its_oldest_segment_is_due_and_sleeps_again()
    {
        using var folder = new TempFolder();
        var clock = new ShiftedClock();
        await using var node = await TestNode.StartAsync(folder.Path, Sleepy, time: clock);
        var topic = await node.CreateTopicAsync("orders");
        await AppendAsync(node, topic, clock, 3);
        await Eventually.Async(() => node.Runtime.Directory.AwakeCount == 0);
        clock.Advance(Week);
        await Eventually.Async(() => Segments(folder, "orders-0").SequenceEqual([3L]));
        await Eventually.Async(() => node.Runtime.Directory.AwakeCount == 0);
        Assert.Equal(3, (await node.WakeAsync(topic)).View.LogStartOffset.Value);
    }

    [Fact]
    public async Task After_a_start_sleeping_partitions_are_looked_at_and_those_with_nothing_due_sleep_on()
    {
        using var folder = new TempFolder();
        var clock = new ShiftedClock();
        TopicId old, kept;
        await using (var node = await TestNode.StartAsync(folder.Path, Sleepy, time: clock))
        {
            old = await node.CreateTopicAsync("old");
            kept = await node.CreateTopicAsync("kept", 1, ("retention.ms", "-1"));
            await AppendAsync(node, old, clock, 3);
            await AppendAsync(node, kept, clock, 3);
        }

        clock.Advance(Week);
        await using var again = await TestNode.StartAsync(folder.Path, Sleepy, time: clock);
        await Eventually.Async(() => Segments(folder, "old-0").SequenceEqual([3L]));
        Assert.Equal([0L], Segments(folder, "kept-0"));
        // The files go a moment before the log says so.
        await Eventually.Async(async () => (await again.WakeAsync(old)).View.LogStartOffset.Value == 3);
        Assert.Equal(0, (await again.WakeAsync(kept)).View.LogStartOffset.Value);
    }

    [Fact]
    public async Task A_change_of_settings_reaches_partitions_that_sleep()
    {
        using var folder = new TempFolder();
        var clock = new ShiftedClock();
        await using var node = await TestNode.StartAsync(folder.Path, Sleepy, time: clock);
        await AppendAsync(node, await node.CreateTopicAsync("orders"), clock, 3);
        await Eventually.Async(() => node.Runtime.Directory.AwakeCount == 0);
        clock.Advance(TimeSpan.FromMinutes(10));
        var response = await node.AskControllerAsync<IncrementalAlterConfigsResponse>(new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = 2, ResourceName = "orders", Configs = [new() { Name = "retention.ms", ConfigOperation = 0, Value = "1000" }] }],
        });
        Assert.Equal(0, Assert.Single(response.Responses).ErrorCode);
        await Eventually.Async(() => Segments(folder, "orders-0").SequenceEqual([3L]));
    }

    [Fact]
    public void A_replica_has_one_place_in_the_schedule_however_often_it_sleeps()
    {
        var schedule = new RetentionSchedule();
        var first = new TopicIdPartition(new TopicId(new Guid(1, 0, 0, new byte[8])), 0);
        var second = new TopicIdPartition(first.TopicId, 1);
        for (var due = 100; due < 200; due++) schedule.Set(first, due);
        schedule.Set(second, 150);
        schedule.Set(second, 120);
        Assert.Equal(2, schedule.Count);
        Assert.False(schedule.TryTake(119, out _));
        Assert.True(schedule.TryTake(198, out var taken));
        Assert.Equal(second, taken);
        Assert.False(schedule.TryTake(198, out _));
        Assert.True(schedule.TryTake(199, out taken));
        Assert.Equal(first, taken);
        schedule.Set(first, 5);
        schedule.Remove(first);
        Assert.False(schedule.TryTake(long.MaxValue, out _));
    }

    private static Broker.Node.NodeOptions Sleepy(Broker.Node.NodeOptions options) => options with
    {
        Replicas = options.Replicas with { PassivateAfter = TimeSpan.FromMilliseconds(200), InitialTaskDelay = TimeSpan.Zero },
    };

    private static long Now(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private static async Task AppendAsync(TestNode node, TopicId topic, TimeProvider clock, int count)
    {
        for (var record = 0; record < count; record++) await node.AppendAsync(topic, $"{record}", timestamp: Now(clock));
    }

    private static long[] Segments(TempFolder folder, string partition) =>
        [.. Directory.EnumerateFiles(Path.Combine(folder.Path, partition), "*.log").Select(path => long.Parse(Path.GetFileNameWithoutExtension(path))).Order()];
}
