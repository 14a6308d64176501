using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Broker.Tests.Node;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Tests.Coordinators;

/// <summary>Groups on a real node: its log, its replicas, its clock.</summary>
public class GroupNodeTests
{
    private static readonly GroupSettings Settings = new() { InitialRebalanceDelayMs = 50 };
    private static readonly TimeSpan Soon = Eventually.Patience;

    private static Task<TestNode> StartAsync(TempFolder folder, string cleanerBackoff = "15000") => TestNode.StartAsync(
        folder.Path,
        options => options with { StaticConfigs = new Dictionary<string, string>(StringComparer.Ordinal) { ["log.cleaner.backoff.ms"] = cleanerBackoff } },
        coordinators: (runtime, replica) => GroupTopic.CoordinatorOf(replica, Settings, runtime.Clock, Guid.NewGuid, runtime.Metadata));

    private static GroupCoordinatorClient ClientOf(TestNode node) =>
        new(node.Runtime.Directory, node.Runtime.Metadata, node.Options.Id, node.Runtime.Clock, Settings);

    private static RequestOrigin Origin(short version) => new("app", "/127.0.0.1", version);

    private static async Task CreateTopicAsync(TestNode node, int partitions = 4, params (string Name, string Value)[] configs)
    {
        var creation = GroupTopic.Creation(partitions);
        creation.Configs.AddRange(configs.Select(config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Name, Value = config.Value }));
        var response = await node.AskControllerAsync<CreateTopicsResponse>(new CreateTopicsRequest { Topics = [creation] });
        Assert.Equal(ErrorCode.None, (ErrorCode)response.Topics[0].ErrorCode);
        await Eventually.Async(() => node.Runtime.Metadata.Current.Topic(GroupTopic.Name) is not null);
    }

    private static JoinGroupRequest JoinRequest(string group, string member)
    {
        // Its clock is the machine's: nobody is to be dropped because that is slow.
        var request = GroupWorld.JoinRequest(member, session: 1_800_000);
        request.GroupId = group;
        return request;
    }

    private static OffsetCommitRequest CommitRequest(string group, long offset)
    {
        var request = GroupWorld.CommitRequest(offset);
        request.GroupId = group;
        return request;
    }

    private static OffsetFetchRequest FetchRequest(params string[] groups) => new()
    {
        Groups = [.. groups.Select(group => new OffsetFetchRequest.OffsetFetchRequestGroup { GroupId = group, Topics = null })],
    };

    private static async Task<(string Member, SyncGroupResponse Synced)> JoinAsync(GroupCoordinatorClient client, string group)
    {
        var given = await client.JoinAsync(JoinRequest(group, ""), Origin(9)).AsTask().WaitAsync(Soon);
        Assert.Equal(ErrorCode.MemberIdRequired, (ErrorCode)given.ErrorCode);
        var joined = await client.JoinAsync(JoinRequest(group, given.MemberId), Origin(9)).AsTask().WaitAsync(Soon);
        Assert.Equal((ErrorCode.None, 1), ((ErrorCode)joined.ErrorCode, joined.GenerationId));
        var sync = GroupWorld.SyncRequest(joined.MemberId, 1, (joined.MemberId, "all"));
        sync.GroupId = group;
        return (joined.MemberId, await client.SyncAsync(sync, Origin(5)).AsTask().WaitAsync(Soon));
    }

    [Fact]
    public async Task Members_and_offsets_are_there_after_a_kill()
    {
        using var folder = new TempFolder();
        string member;
        var node = await StartAsync(folder);
        var client = ClientOf(node);
        await CreateTopicAsync(node);
        (member, var synced) = await JoinAsync(client, "g1");
        Assert.Equal("all", GroupWorld.Text(synced.Assignment));
        Assert.Equal(0, (await client.CommitAsync(CommitRequest("g2", 42), Origin(8))).Topics[0].Partitions[0].ErrorCode);
        await node.KillAsync();

        await using var again = await StartAsync(folder);
        client = ClientOf(again);
        var heartbeat = new HeartbeatRequest { GroupId = "g1", MemberId = member, GenerationId = 1 };
        Assert.Equal(0, (await client.HeartbeatAsync(heartbeat, Origin(4)).AsTask().WaitAsync(Soon)).ErrorCode);
        var fetched = await client.FetchAsync(FetchRequest("g2"), Origin(8));
        Assert.Equal(42, fetched.Groups[0].Topics[0].Partitions[0].CommittedOffset);
    }

    [Fact]
    public async Task Groups_and_offsets_are_there_after_their_log_was_compacted()
    {
        using var folder = new TempFolder();
        string member;
        await using (var node = await StartAsync(folder, "50"))
        {
            var client = ClientOf(node);
            await CreateTopicAsync(node, partitions: 1, ("max.compaction.lag.ms", "1"), ("delete.retention.ms", "0"));
            (member, _) = await JoinAsync(client, "g1");
            for (var offset = 0; offset < 50; offset++) Assert.Equal(0, (await client.CommitAsync(CommitRequest("g2", offset), Origin(8))).Topics[0].Partitions[0].ErrorCode);
            await client.CommitAsync(CommitRequest("g3", 1), Origin(8));
            await client.DeleteAsync(new DeleteGroupsRequest { GroupsNames = ["g3"] }, Origin(2));
            var replica = await node.WakeAsync(node.Runtime.Metadata.Current.Topic(GroupTopic.Name)!.Id);
            // Without another append: time alone makes it due. Fifty commits are fifty batches; it may have happened already.
            await Eventually.Async(() => replica.View.SizeInBytes < 50 * StreamActors.Protocol.Records.RecordBatchHeader.Size);
            Assert.Equal(49, (await client.FetchAsync(FetchRequest("g2"), Origin(8))).Groups[0].Topics[0].Partitions[0].CommittedOffset);
        }

        await using var again = await StartAsync(folder);
        var asking = ClientOf(again);
        Assert.Equal(0, (await asking.HeartbeatAsync(new HeartbeatRequest { GroupId = "g1", MemberId = member, GenerationId = 1 }, Origin(4)).AsTask().WaitAsync(Soon)).ErrorCode);
        var fetched = await asking.FetchAsync(FetchRequest("g2", "g3"), Origin(8));
        Assert.Equal(49, fetched.Groups[0].Topics[0].Partitions[0].CommittedOffset);
        Assert.Empty(fetched.Groups[1].Topics);
    }

    [Fact]
    public async Task Questions_about_several_groups_are_answered_in_their_order()
    {
        using var folder = new TempFolder();
        await using var node = await StartAsync(folder);
        var client = ClientOf(node);
        await CreateTopicAsync(node);
        string[] groups = ["e", "d", "c", "b", "a"];
        Assert.True(groups.Select(group => GroupPartition.For(group, 4)).Distinct().Count() > 1);
        for (var index = 0; index < groups.Length; index++) await client.CommitAsync(CommitRequest(groups[index], index), Origin(8));
        var fetched = await client.FetchAsync(FetchRequest(groups), Origin(8));
        Assert.Equal(groups, fetched.Groups.Select(group => group.GroupId));
        Assert.Equal([0L, 1, 2, 3, 4], fetched.Groups.Select(group => group.Topics[0].Partitions[0].CommittedOffset));
        var described = await client.DescribeAsync(new DescribeGroupsRequest { Groups = ["a", "absent", "e"] }, Origin(6));
        Assert.Equal(["Empty", "Dead", "Empty"], described.Groups.Select(group => group.GroupState));
        Assert.Equal(groups.Order(), (await client.ListAsync(new ListGroupsRequest(), Origin(5))).Groups.Select(group => group.GroupId).Order());
        var deleted = await client.DeleteAsync(new DeleteGroupsRequest { GroupsNames = ["b", "absent"] }, Origin(2));
        Assert.Equal([ErrorCode.None, ErrorCode.GroupIdNotFound], deleted.Results.Select(result => (ErrorCode)result.ErrorCode));
        Assert.Equal(4, (await client.ListAsync(new ListGroupsRequest(), Origin(5))).Groups.Count);
    }

    [Fact]
    public async Task Old_versions_are_answered_in_their_form()
    {
        using var folder = new TempFolder();
        await using var node = await StartAsync(folder);
        var client = ClientOf(node);
        var asked = new OffsetFetchRequest { GroupId = "g", Topics = [new OffsetFetchRequest.OffsetFetchRequestTopic { Name = "t", PartitionIndexes = [0] }] };
        Assert.Equal(ErrorCode.NotCoordinator, (ErrorCode)(await client.FetchAsync(asked, Origin(2))).ErrorCode);
        Assert.Equal(ErrorCode.NotCoordinator, (ErrorCode)(await client.FetchAsync(asked, Origin(1))).Topics[0].Partitions[0].ErrorCode);
        await CreateTopicAsync(node);
        await client.CommitAsync(CommitRequest("g", 3), Origin(2));
        Assert.Equal(3, (await client.FetchAsync(asked, Origin(1))).Topics[0].Partitions[0].CommittedOffset);
        var leave = await client.LeaveAsync(new LeaveGroupRequest { GroupId = "g", MemberId = "x" }, Origin(2));
        Assert.Equal(ErrorCode.UnknownMemberId, (ErrorCode)leave.ErrorCode);
    }
}
