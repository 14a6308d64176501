using StreamActors.Broker.Replicas;
using StreamActors.Cluster;
using StreamActors.Protocol;

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
        await Eventually.Async(() => lost.Role == ReplicaRole.Offline);
        var error = ErrorCode.ReplicaNotAvailable;
        for (var tries = 0; tries < 10 && error == ErrorCode.ReplicaNotAvailable; tries++)
            error = (await node.Runtime.Directory.WakeAsync(lost.Id, TimeSpan.FromSeconds(5))).Error;
        Assert.Equal(ErrorCode.KafkaStorageError, error);
        Assert.Equal(ErrorCode.None, (await TestNode.AppendAsync(kept, "after")).Error);
        Assert.Null(node.Ended);

        var later = await node.WakeAsync(await node.CreateTopicAsync("later"));
        Assert.Equal(node.Runtime.LogDirs.All[0], later.LogDirectory);
        node.Runtime.LogDirs.All[0].Fail(new IOException("planted"));
        Assert.Equal(ExitCode.DiskFailed, node.Ended!.Value.Code);
    }

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
    }

    private static int Count(TempFolder folder) => Directory.EnumerateDirectories(folder.Path, "orders-*").Count();

    private Task<TestNode> StartAsync() => TestNode.StartAsync(first.Path, moreFolders: second.Path);
}
