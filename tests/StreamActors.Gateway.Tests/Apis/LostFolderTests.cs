using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Transport;

namespace StreamActors.Gateway.Tests.Apis;

/// <summary>What clients are told when one of two data folders has failed: the same as by Kafka 4.3, but for the in-sync set.</summary>
public sealed class LostFolderTests : IAsyncLifetime
{
    private const string Topic = "orders";
    private const int Partitions = 4;

    private readonly NodeUnderTest node = new() { Folders = 2 };

    public Task InitializeAsync() => node.InitializeAsync();

    public Task DisposeAsync() => node.DisposeAsync();

    [Fact]
    public async Task Lost_partitions_have_no_leader_and_others_go_on()
    {
        using var client = await node.ConnectAsync();
        var id = await NodeUnderTest.CreateTopicAsync(client, Topic, Partitions);
        for (var partition = 0; partition < Partitions; partition++) Assert.Equal(ErrorCode.None, await ProduceAsync(client, id, partition));
        await FailAsync();

        var metadata = await NodeUnderTest.AskAsync<MetadataResponse>(client, new MetadataRequest { Topics = [new() { Name = Topic }] }, 12);
        foreach (var partition in Assert.Single(metadata.Topics).Partitions)
        {
            var expected = IsLost(Topic, partition.PartitionIndex) ? (ErrorCode.LeaderNotAvailable, -1, 1) : (ErrorCode.None, 1, 0);
            Assert.Equal(expected, ((ErrorCode)partition.ErrorCode, partition.LeaderId, partition.LeaderEpoch));
            AssertReplicas(partition.PartitionIndex, partition.ReplicaNodes, partition.IsrNodes, partition.OfflineReplicas);
        }

        var described = await NodeUnderTest.AskAsync<DescribeTopicPartitionsResponse>(
            client, new DescribeTopicPartitionsRequest { Topics = [new() { Name = Topic }], ResponsePartitionLimit = 100 }, 0);
        foreach (var partition in Assert.Single(described.Topics).Partitions)
        {
            var expected = IsLost(Topic, partition.PartitionIndex) ? (ErrorCode.None, -1, 1) : (ErrorCode.None, 1, 0);
            Assert.Equal(expected, ((ErrorCode)partition.ErrorCode, partition.LeaderId, partition.LeaderEpoch));
            AssertReplicas(partition.PartitionIndex, partition.ReplicaNodes, partition.IsrNodes, partition.OfflineReplicas);
        }

        Assert.Equal(2, Enumerable.Range(0, Partitions).Count(partition => IsLost(Topic, partition)));
        for (var partition = 0; partition < Partitions; partition++)
        {
            var expected = IsLost(Topic, partition) ? ErrorCode.KafkaStorageError : ErrorCode.None;
            Assert.Equal(expected, await ProduceAsync(client, id, partition));
            Assert.Equal(expected, await FetchAsync(client, id, partition));
            Assert.Equal(expected, await ListOffsetsAsync(client, partition));
        }
    }

    [Fact]
    public async Task A_group_whose_partition_is_lost_has_no_coordinator_and_others_have()
    {
        using var client = await node.ConnectAsync();
        var groups = Enumerable.Range(0, 12).Select(number => $"group-{number}").ToArray();
        await CoordinatorAsync(client, groups[0]); // the first makes the topic
        await Support.Eventually.IsTrue(() => node.Services.Metadata.Current.Topic(GroupTopic.Name) is not null, "there is a topic of groups");
        foreach (var group in groups)
        {
            Assert.Equal(ErrorCode.None, await CoordinatorAsync(client, group));
            // A partition that has never been asked for lies in no folder.
            await NodeUnderTest.AskAsync<OffsetFetchResponse>(client, new OffsetFetchRequest { Groups = [new() { GroupId = group, Topics = null }] }, 8);
        }

        await FailAsync();
        var lost = groups.Where(group => IsLost(GroupTopic.Name, GroupPartition.For(group, 3))).ToArray();
        Assert.NotEmpty(lost);
        Assert.NotEqual(groups.Length, lost.Length);
        foreach (var group in groups)
            Assert.Equal(lost.Contains(group) ? ErrorCode.CoordinatorNotAvailable : ErrorCode.None, await CoordinatorAsync(client, group));
    }

    /// <summary>The second folder fails, and the image says so.</summary>
    private async Task FailAsync()
    {
        node.Services.LogDirs.All[1].Fail(new IOException("planted"));
        await Support.Eventually.IsTrue(
            () => node.Services.Metadata.Current.Topics.Values.All(topic =>
                Enumerable.Range(0, topic.Partitions.Count).All(index => topic.Partitions[index].Leader == BrokerId.None == IsLost(topic.Name, index))),
            "what is lost has no leader, and nothing else");
    }

    private bool IsLost(string topic, int partition) => node.Services.LogDirs.Find(new TopicPartition(topic, partition)) is { IsOffline: true };

    private void AssertReplicas(int partition, List<int> replicas, List<int> inSync, List<int> offline)
    {
        Assert.Equal([1], replicas);
        Assert.Equal([1], inSync);
        Assert.Equal(IsLost(Topic, partition) ? [1] : [], offline);
    }

    private static async Task<ErrorCode> ProduceAsync(ITransportConnection client, Guid id, int partition)
    {
        var answer = await NodeUnderTest.AskAsync<ProduceResponse>(client, NodeTests.Produce(Topic, id, "record", -1, partition), 12);
        return (ErrorCode)answer.Responses[0].PartitionResponses[0].ErrorCode;
    }

    private static async Task<ErrorCode> FetchAsync(ITransportConnection client, Guid id, int partition)
    {
        var answer = await NodeUnderTest.AskAsync<FetchResponse>(client, NodeTests.Fetch(Topic, id, 0, 100_000, partition), 17);
        return (ErrorCode)answer.Responses[0].Partitions[0].ErrorCode;
    }

    private static async Task<ErrorCode> ListOffsetsAsync(ITransportConnection client, int partition)
    {
        var request = new ListOffsetsRequest { Topics = [new() { Name = Topic, Partitions = [new() { PartitionIndex = partition, Timestamp = -1 }] }] };
        return (ErrorCode)(await NodeUnderTest.AskAsync<ListOffsetsResponse>(client, request, 7)).Topics[0].Partitions[0].ErrorCode;
    }

    private static async Task<ErrorCode> CoordinatorAsync(ITransportConnection client, string group)
    {
        var answer = await NodeUnderTest.AskAsync<FindCoordinatorResponse>(client, new FindCoordinatorRequest { CoordinatorKeys = [group] }, 4);
        return (ErrorCode)Assert.Single(answer.Coordinators).ErrorCode;
    }
}
