using Akka.Actor;
using StreamActors.Broker.Replicas;
using StreamActors.Cluster;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Tests.Node;

public class SingleNodeTests
{
    [Fact]
    public async Task A_topic_is_made_written_read_and_there_after_a_restart()
    {
        using var folder = new TempFolder();
        TopicId topic;
        await using (var node = await TestNode.StartAsync(folder.Path))
        {
            topic = await node.CreateTopicAsync("orders", 2);
            var handle = await node.WakeAsync(topic);
            Assert.Equal(0, (await TestNode.AppendAsync(handle, "first")).BaseOffset.Value);
            Assert.Equal(1, (await TestNode.AppendAsync(handle, "second", RequiredAcks.Leader)).BaseOffset.Value);
            Assert.Equal(["first", "second"], TestNode.ReadAll(handle));
        }

        await using (var node = await TestNode.StartAsync(folder.Path))
        {
            Assert.Equal("orders", node.Runtime.Metadata.Current.Topic(topic)!.Name);
            var handle = await node.WakeAsync(topic);
            Assert.Equal(["first", "second"], TestNode.ReadAll(handle));
            Assert.Equal(2, (await TestNode.AppendAsync(handle, "third")).BaseOffset.Value);
            Assert.True(handle.LeaderEpoch.Value > 0, "A new incarnation leads under a higher epoch.");
        }
    }

    [Fact]
    public async Task Records_survive_a_kill()
    {
        using var folder = new TempFolder();
        var node = await TestNode.StartAsync(folder.Path);
        var topic = await node.CreateTopicAsync("orders");
        await TestNode.AppendAsync(await node.WakeAsync(topic), "first");
        await node.KillAsync();
        await using var again = await TestNode.StartAsync(folder.Path);
        Assert.Equal(["first"], TestNode.ReadAll(await again.WakeAsync(topic)));
    }

    [Fact]
    public async Task A_topic_that_flushes_each_message_answers_when_it_is_synced()
    {
        using var folder = new TempFolder();
        await using var node = await TestNode.StartAsync(folder.Path);
        var handle = await node.WakeAsync(await node.CreateTopicAsync("safe", 1, ("flush.messages", "1")));
        var appends = Enumerable.Range(0, 20).Select(number => TestNode.AppendAsync(handle, $"{number}")).ToArray();
        var outcomes = await Task.WhenAll(appends);
        Assert.All(outcomes, outcome => Assert.Equal(ErrorCode.None, outcome.Error));
        Assert.Equal(20, handle.View.HighWatermark.Value);
        Assert.Equal(20, outcomes.Select(outcome => outcome.BaseOffset).Distinct().Count());
    }

    [Fact]
    public async Task An_idle_replica_sleeps_and_wakes_again()
    {
        using var folder = new TempFolder();
        await using var node = await TestNode.StartAsync(
            folder.Path, options => options with { Replicas = options.Replicas with { PassivateAfter = TimeSpan.FromMilliseconds(200) } });
        var topic = await node.CreateTopicAsync("orders");
        await node.AppendAsync(topic, "first");
        await Eventually.Async(() => node.Runtime.Directory.AwakeCount == 0);
        Assert.Equal(["first"], TestNode.ReadAll(await node.WakeAsync(topic)));
    }

    [Fact]
    public async Task A_deleted_topic_loses_its_data_awake_or_asleep()
    {
        using var folder = new TempFolder();
        var clock = new ShiftedClock();
        await using var node = await TestNode.StartAsync(
            folder.Path, options => options with { Replicas = options.Replicas with { PassivateAfter = TimeSpan.FromMilliseconds(200) } }, time: clock);
        var asleep = await node.CreateTopicAsync("asleep");
        await node.AppendAsync(asleep, "first");
        await Eventually.Async(() => node.Runtime.Directory.AwakeCount == 0);
        var awake = await node.CreateTopicAsync("awake");
        var handle = await node.AppendAsync(awake, "first");
        var deletion = await node.AskControllerAsync<DeleteTopicsResponse>(new DeleteTopicsRequest
        {
            Topics = [new DeleteTopicsRequest.DeleteTopicState { Name = "asleep" }, new DeleteTopicsRequest.DeleteTopicState { Name = "awake" }],
        });
        Assert.All(deletion.Responses, response => Assert.Equal(0, response.ErrorCode));
        await Eventually.Async(() => Directory.EnumerateDirectories(folder.Path, "a*-0.*-delete").Count() == 2);
        Assert.Empty(Directory.EnumerateDirectories(folder.Path, "a*-0"));
        clock.Advance(TimeSpan.FromMinutes(1));
        await Eventually.Async(() => !Directory.EnumerateDirectories(folder.Path, "a*-0*").Any());
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await node.TryWakeAsync(new TopicIdPartition(awake, 0))).Error);
        Assert.Equal(ReplicaRole.Offline, handle.Role);
    }

    [Fact]
    public async Task An_append_to_a_replica_that_stopped_is_refused_and_not_forgotten()
    {
        using var folder = new TempFolder();
        await using var node = await TestNode.StartAsync(folder.Path);
        var handle = await node.WakeAsync(await node.CreateTopicAsync("orders"));
        handle.Actor.Tell(StopReplica.Instance, ActorRefs.NoSender);
        await Eventually.Async(() => node.Runtime.Directory.AwakeCount == 0);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await TestNode.AppendAsync(handle, "late")).Error);
    }

    [Fact]
    public async Task A_replica_that_fails_is_back_after_a_pause_with_all_its_records()
    {
        using var folder = new TempFolder();
        await using var node = await TestNode.StartAsync(folder.Path);
        var topic = await node.CreateTopicAsync("orders");
        var handle = await node.WakeAsync(topic);
        await TestNode.AppendAsync(handle, "first");
        handle.Actor.Tell(new Synced(Offset.Zero, new IOException("planted")), ActorRefs.NoSender);
        await Eventually.Async(() => handle.Role == ReplicaRole.Offline);
        var again = await node.WakeAsync(topic);
        Assert.NotSame(handle, again);
        Assert.Equal(["first"], TestNode.ReadAll(again));
        Assert.Equal(ExitCode.DiskFailed, node.Ended!.Value.Code);
    }

    [Fact]
    public async Task A_node_with_a_history_and_an_empty_journal_ends_and_changes_nothing()
    {
        using var folder = new TempFolder();
        await using (var node = await TestNode.StartAsync(folder.Path)) await node.CreateTopicAsync("orders");
        Directory.Delete(Path.Combine(folder.Path, "__cluster_metadata-0"), recursive: true);
        var robbed = await TestNode.StartAsync(folder.Path, waitUntilReady: false);
        await Eventually.Async(() => robbed.Ended is not null);
        Assert.Equal(ExitCode.JournalBehind, robbed.Ended!.Value.Code);
        Assert.Equal(0, robbed.Runtime.Metadata.Current.Sequence);
        await robbed.KillAsync();
    }
}
