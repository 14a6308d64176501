using Akka.Actor;
using StreamActors.Broker.Replicas;
using StreamActors.Cluster;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Tests.Node;

public sealed class LogDirectoriesTests : IDisposable
{
    private readonly TempFolder first = new();
    private readonly TempFolder second = new();

    [Fact]
    public async Task Partitions_are_spread_over_the_folders_and_there_after_a_restart()
    {
        TopicId topic;
        await using (var node = await StartAsync())
        {
            topic = await node.CreateTopicAsync("orders", 4);
            for (var partition = 0; partition < 4; partition++) await TestNode.AppendAsync(await node.WakeAsync(topic, partition), $"{partition}");
            Assert.Equal(2, Count(first));
            Assert.Equal(2, Count(second));
            Assert.Equal(2, node.Runtime.Metadata.Current.Brokers[1].LogDirs.Length);
        }

        await using var again = await StartAsync();
        for (var partition = 0; partition < 4; partition++) Assert.Equal([$"{partition}"], TestNode.ReadAll(await again.WakeAsync(topic, partition)));
        Assert.Equal(2, Count(first));
    }

    [Fact]
    public async Task A_folder_that_fails_takes_its_partitions_offline_and_no_others()
    {
        await using var node = await StartAsync();
        var topic = await node.CreateTopicAsync("orders", 2);
        var handles = new[] { await node.WakeAsync(topic), await node.WakeAsync(topic, 1) };
        foreach (var handle in handles) await TestNode.AppendAsync(handle, "before");
        var failing = node.Runtime.LogDirs.All[1];
        var lost = handles.Single(handle => handle.LogDirectory == failing);
        var kept = handles.Single(handle => handle.LogDirectory != failing);
        failing.Fail(new IOException("planted"));
        await Eventually.Async(() => lost.Role == ReplicaRole.Offline && Leader(node, lost.Id) == BrokerId.None);
        Assert.Equal(ErrorCode.KafkaStorageError, (await node.TryWakeAsync(lost.Id)).Error);
        Assert.Equal(ErrorCode.None, (await TestNode.AppendAsync(kept, "after")).Error);
        Assert.Equal(new BrokerId(1), Leader(node, kept.Id));
        await Eventually.Async(() => node.Runtime.Metadata.Current.Brokers[1].LogDirs is [var left] && left == node.Runtime.LogDirs.All[0].DirectoryId.Value);
        Assert.Null(node.Ended);

        var later = await node.WakeAsync(await node.CreateTopicAsync("later"));
        Assert.Equal(node.Runtime.LogDirs.All[0], later.LogDirectory);
        node.Runtime.LogDirs.All[0].Fail(new IOException("planted"));
        Assert.Equal(ExitCode.DiskFailed, node.Ended!.Value.Code);
    }

    [Fact]
    public async Task After_a_restart_lost_partitions_are_led_again_if_their_folder_is_there()
    {
        TopicId topic;
        TopicIdPartition[] lost;
        await using (var node = await StartAsync())
        {
            topic = await node.CreateTopicAsync("orders", 4);
            for (var partition = 0; partition < 4; partition++) await node.AppendAsync(topic, $"{partition}", partition);
            lost = await FailAsync(node, topic);
            Assert.Equal(2, lost.Length);
        }

        var aside = second.Path + "-aside";
        Directory.Move(second.Path, aside);
        await File.WriteAllTextAsync(second.Path, "not a folder");
        await using (var without = await StartAsync())
        {
            await Eventually.Async(() => lost.All(id => Leader(without, id) == BrokerId.None));
            Assert.Equal(2, Enumerable.Range(0, 4).Count(partition => Leader(without, new TopicIdPartition(topic, partition)) == new BrokerId(1)));
            Assert.Equal(ErrorCode.KafkaStorageError, (await without.TryWakeAsync(lost[0])).Error);
            Assert.Equal(without.Runtime.LogDirs.All[0], (await without.WakeAsync(await without.CreateTopicAsync("new"))).LogDirectory);
        }

        File.Delete(second.Path);
        Directory.Move(aside, second.Path);
        await using var again = await StartAsync();
        Assert.All(lost, id => Assert.Equal(new BrokerId(1), Leader(again, id)));
        for (var partition = 0; partition < 4; partition++)
        {
            var handle = await again.AppendAsync(topic, "again", partition);
            Assert.Equal([$"{partition}", "again"], TestNode.ReadAll(handle));
            Assert.Equal(lost.Contains(handle.Id) ? 4 : 2, handle.LeaderEpoch.Value);
        }
    }

    [Fact]
    public async Task A_topic_that_is_lost_in_part_can_be_deleted_and_made_anew()
    {
        TopicId topic;
        await using (var node = await StartAsync())
        {
            var deleted = await node.CreateTopicAsync("orders", 2);
            for (var partition = 0; partition < 2; partition++)
            {
                for (var record = 0; record < 5; record++) await node.AppendAsync(deleted, "deleted", partition);
            }

            var lost = Assert.Single(await FailAsync(node, deleted));
            await node.AskControllerAsync<DeleteTopicsResponse>(new DeleteTopicsRequest { Topics = [new() { Name = "orders" }] });
            topic = await node.CreateTopicAsync("orders", 2);
            await Eventually.Async(async () => (await node.TryWakeAsync(new TopicIdPartition(topic, lost.Partition))).Error == ErrorCode.None);
            for (var partition = 0; partition < 2; partition++) Assert.Equal(["new"], TestNode.ReadAll(await node.AppendAsync(topic, "new", partition)));
        }

        await using var again = await StartAsync();
        for (var partition = 0; partition < 2; partition++) Assert.Equal(["new"], TestNode.ReadAll(await again.WakeAsync(topic, partition)));
        await Eventually.Async(() => Directory.EnumerateDirectories(second.Path, "orders-*-stray").Count() == 1);
        for (var partition = 0; partition < 2; partition++) Assert.Equal(["new"], TestNode.ReadAll(await again.WakeAsync(topic, partition)));
    }

    [Fact]
    public async Task A_partition_is_moved_to_another_folder_while_it_is_written_to()
    {
        TopicId topic;
        await using (var node = await StartAsync())
        {
            topic = await node.CreateTopicAsync("orders");
            var handle = await node.WakeAsync(topic);
            for (var record = 0; record < 50; record++) await TestNode.AppendAsync(handle, $"{record}");
            handle.Actor.Tell(new DeleteRecordsBefore(new Offset(10)), Akka.Actor.ActorRefs.NoSender);
            var destination = node.Runtime.LogDirs.All.Single(directory => directory != handle.LogDirectory);
            Assert.Equal(ErrorCode.None, node.Runtime.Moves.Begin("orders", 0, destination.Path));
            var sent = 50;
            await Eventually.Async(async () =>
            {
                handle = await node.AppendAsync(topic, $"{sent++}");
                return handle.LogDirectory == destination && sent >= 60;
            });
            Assert.Equal(Enumerable.Range(10, sent - 10).Select(record => $"{record}"), TestNode.ReadAll(handle));
            Assert.Equal(1, Count(first) + Count(second) - Doomed(first) - Doomed(second));
            Assert.Equal(ErrorCode.None, node.Runtime.Moves.Begin("orders", 0, destination.Path));
            Assert.Equal(ErrorCode.LogDirNotFound, node.Runtime.Moves.Begin("orders", 0, "/nowhere"));
            Assert.Equal(ErrorCode.UnknownTopicOrPartition, node.Runtime.Moves.Begin("missing", 0, destination.Path));
            Assert.Equal(ErrorCode.UnknownTopicOrPartition, node.Runtime.Moves.Begin("orders", 7, destination.Path));
            Assert.Equal(ErrorCode.UnknownTopicOrPartition, node.Runtime.Moves.Begin("no/name", 0, destination.Path));
        }

        await using var again = await StartAsync();
        Assert.Empty(again.Runtime.LogDirs.Duplicates);
        Assert.Equal(10, (await again.WakeAsync(topic)).View.LogStartOffset.Value);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_move_that_a_stop_interrupts_goes_on_with_the_next_start(bool isKilled)
    {
        TopicId topic;
        string destination;
        var node = await StartAsync();
        topic = await node.CreateTopicAsync("orders");
        var handle = await node.WakeAsync(topic);
        // More than the mover takes in one step, which it pays for with a pause of a minute.
        var values = Enumerable.Range(0, 8).Select(record => $"{record} {new string('v', 300_000)}").ToArray();
        foreach (var value in values) await TestNode.AppendAsync(handle, value);
        await LimitMovesAsync(node, "1");
        destination = node.Runtime.LogDirs.All.Single(directory => directory != handle.LogDirectory).Path;
        Assert.Equal(ErrorCode.None, node.Runtime.Moves.Begin("orders", 0, destination));
        await Eventually.Async(() => Futures(node).SingleOrDefault()?.View.LogEndOffset.Value > 0);
        var end = Futures(node).Single().View.LogEndOffset;
        Assert.InRange(end.Value, 1, 7);
        if (isKilled) await node.KillAsync();
        else await node.DisposeAsync();
        Assert.Single(Directory.EnumerateDirectories(destination, "orders-0.*-future"));

        // The limit is still in force: it comes no farther than another step.
        node = await StartAsync();
        await Eventually.Async(() => Futures(node).SingleOrDefault()?.View.LogEndOffset > end);
        Assert.Equal(new TopicPartition("orders", 0), Futures(node).Single().Partition);
        await LimitMovesAsync(node, $"{long.MaxValue}");
        await node.DisposeAsync();

        await using var last = await StartAsync();
        await Eventually.Async(async () => (await last.WakeAsync(topic)).LogDirectory.Path == destination);
        Assert.Equal(values, TestNode.ReadAll(await last.WakeAsync(topic)));
        Assert.Empty(Futures(last));
        Assert.Empty(Directory.EnumerateDirectories(destination, "orders-0.*-future"));
    }

    [Fact]
    public async Task A_move_whose_topic_is_gone_is_forgotten_and_so_is_a_wish()
    {
        await using (var node = await StartAsync())
        {
            var handle = await node.WakeAsync(await node.CreateTopicAsync("orders"));
            for (var record = 0; record < 8; record++) await TestNode.AppendAsync(handle, new string('v', 300_000));
            await LimitMovesAsync(node, "1");
            Assert.Equal(ErrorCode.None, node.Runtime.Moves.Begin("orders", 0, node.Runtime.LogDirs.All.Single(directory => directory != handle.LogDirectory).Path));
            await Eventually.Async(() => Futures(node).Any());
            await node.CreateTopicAsync("empty");
            Assert.Equal(ErrorCode.None, node.Runtime.Moves.Begin("empty", 0, second.Path));
            var deletion = await node.AskControllerAsync<DeleteTopicsResponse>(new DeleteTopicsRequest { Topics = [new() { Name = "orders" }, new() { Name = "empty" }] });
            Assert.All(deletion.Responses, response => Assert.Equal(0, response.ErrorCode));
            await Eventually.Async(() => node.Runtime.LogDirs.Find(new TopicPartition("orders", 0)) is null);
            // Both folders have none: a partition without a wish goes to the first.
            Assert.Equal(first.Path, (await node.AppendAsync(await node.CreateTopicAsync("empty"), "record")).LogDirectory.Path);
        }

        await using var again = await StartAsync();
        await Eventually.Async(() => !Folders().Any(folder => folder.Contains("orders", StringComparison.Ordinal)));
        Assert.Empty(Futures(again));
        Assert.Single(Folders(), folder => folder.EndsWith("empty-0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_partition_that_has_no_folder_yet_is_made_where_it_was_wished()
    {
        await using var node = await StartAsync();
        var topic = await node.CreateTopicAsync("orders", 4);
        foreach (var partition in Enumerable.Range(0, 4)) Assert.Equal(ErrorCode.None, node.Runtime.Moves.Begin("orders", partition, second.Path));
        Assert.Equal(ErrorCode.None, node.Runtime.Moves.Begin("orders", 3, first.Path));
        var places = new List<string>();
        for (var partition = 0; partition < 4; partition++) places.Add((await node.AppendAsync(topic, "record", partition)).LogDirectory.Path);
        Assert.Equal([second.Path, second.Path, second.Path, first.Path], places);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, node.Runtime.Moves.Begin("orders", 4, second.Path));
        Assert.Equal(ErrorCode.InvalidTopicException, node.Runtime.Moves.Begin(new string('t', 240), 0, second.Path));
    }

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }

    /// <summary>The second folder is gone for as long as it takes to find that out.</summary>
    /// <returns>The partitions in it, which nobody leads by now.</returns>
    private async Task<TopicIdPartition[]> FailAsync(TestNode node, TopicId topic)
    {
        var failing = node.Runtime.LogDirs.All[1];
        var lost = Enumerable.Range(0, node.Runtime.Metadata.Current.Topic(topic)!.Partitions.Count)
            .Where(partition => node.Runtime.LogDirs.Find(new TopicPartition("orders", partition)) == failing)
            .Select(partition => new TopicIdPartition(topic, partition)).ToArray();
        Directory.Move(second.Path, second.Path + "-away");
        node.Runtime.LogDirs.WriteCheckpoints();
        Directory.Move(second.Path + "-away", second.Path);
        Assert.True(failing.IsOffline);
        await Eventually.Async(() => lost.All(id => Leader(node, id) == BrokerId.None));
        return lost;
    }

    private static BrokerId Leader(TestNode node, TopicIdPartition id) => node.Runtime.Metadata.Current.Partition(id)!.Value.Leader;

    private static int Doomed(TempFolder folder) => Directory.EnumerateDirectories(folder.Path, "orders-*-delete").Count();

    private static int Count(TempFolder folder) => Directory.EnumerateDirectories(folder.Path, "orders-*").Count();

    private IEnumerable<string> Folders() => Directory.EnumerateDirectories(first.Path).Concat(Directory.EnumerateDirectories(second.Path));

    private static IEnumerable<Storage.PartitionLog> Futures(TestNode node) => node.Runtime.LogDirs.All.SelectMany(directory => directory.FutureLogs);

    private static async Task LimitMovesAsync(TestNode node, string bytesPerSecond)
    {
        const string setting = "replica.alter.log.dirs.io.max.bytes.per.second";
        var response = await node.AskControllerAsync<IncrementalAlterConfigsResponse>(new IncrementalAlterConfigsRequest
        {
            Resources = [new() { ResourceType = 4, ResourceName = "1", Configs = [new() { Name = setting, ConfigOperation = 0, Value = bytesPerSecond }] }],
        });
        Assert.Equal(0, Assert.Single(response.Responses).ErrorCode);
        await Eventually.Async(() => node.Runtime.Metadata.Current.ConfigsOf(ConfigResourceType.Broker, "1").GetValueOrDefault(setting) == bytesPerSecond);
    }

    private Task<TestNode> StartAsync() => TestNode.StartAsync(first.Path, moreFolders: second.Path);
}
