using Akka.Actor;
using Akka.TestKit.Xunit2;
using StreamActors.Broker.Coordinators;
using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Broker.Replicas;
using StreamActors.Cluster;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Records;
using StreamActors.Protocol.Wire;

namespace StreamActors.Broker.Tests.Coordinators;

public sealed class CoordinatorActorTests : TestKit
{
    private static readonly TimeSpan Soon = Node.Eventually.Patience;

    private readonly MemoryLog log = new();
    private int uuids;

    private IActorRef Start(GroupSettings? settings = null, int maxHeldCalls = 1000)
    {
        var options = new CoordinatorOptions<GroupCommand, GroupRecord>
        {
            NewShard = () => new GroupShard(settings ?? new GroupSettings { InitialRebalanceDelayMs = 0 }, () => new Guid(++uuids, 0, 0, new byte[8]), new GroupTopics()),
            Codec = GroupRecordCodec.Instance,
            Log = log,
            Clock = TimeProvider.System,
            MaxHeldCalls = maxHeldCalls,
        };
        var coordinator = Props.CreateBy(new Producer<CoordinatorActor<GroupCommand, GroupRecord>>(() => new CoordinatorActor<GroupCommand, GroupRecord>(options)));
        return Sys.ActorOf(Props.CreateBy(new Producer<FakeReplica>(() => new FakeReplica(coordinator, log))));
    }

    private static GroupCall Tell(IActorRef replica, IRequestMessage request)
    {
        var call = new GroupCall(request, new RequestOrigin("c", "/127.0.0.1", 3));
        replica.Tell(new Coordinate(call));
        return call;
    }

    private static async Task<TResponse> Answer<TResponse>(GroupCall call) => (TResponse)await call.Answer.AsTask().WaitAsync(Soon);

    private static async Task<TResponse> Ask<TResponse>(IActorRef replica, IRequestMessage request) => await Answer<TResponse>(Tell(replica, request));

    private static OffsetFetchRequest FetchRequest() => new()
    {
        Groups = [new OffsetFetchRequest.OffsetFetchRequestGroup { GroupId = GroupWorld.GroupId, Topics = null }],
    };

    private static async Task<long> Fetch(IActorRef replica) =>
        (await Ask<OffsetFetchResponse>(replica, FetchRequest())).Groups[0].Topics.SingleOrDefault()?.Partitions.Single().CommittedOffset ?? -1;

    private static ErrorCode Error(OffsetCommitResponse response) => (ErrorCode)response.Topics[0].Partitions[0].ErrorCode;

    [Fact]
    public async Task Two_members_get_from_join_to_assignment_and_are_there_after_a_failover()
    {
        var replica = Start();
        var leader = (await Ask<JoinGroupResponse>(replica, GroupWorld.JoinRequest())).MemberId;
        await Ask<SyncGroupResponse>(replica, GroupWorld.SyncRequest(leader, 1, (leader, "all")));
        var second = Tell(replica, GroupWorld.JoinRequest());
        var joined = await Ask<JoinGroupResponse>(replica, GroupWorld.JoinRequest(leader));
        var follower = (await Answer<JoinGroupResponse>(second)).MemberId;
        Assert.Equal([leader, follower], joined.Members.Select(member => member.MemberId));
        var waits = Tell(replica, GroupWorld.SyncRequest(follower, 2));
        await Ask<SyncGroupResponse>(replica, GroupWorld.SyncRequest(leader, 2, (leader, "a"), (follower, "b")));
        Assert.Equal("b", GroupWorld.Text((await Answer<SyncGroupResponse>(waits)).Assignment));
        await Ask<OffsetCommitResponse>(replica, GroupWorld.CommitRequest(7, follower, 2));

        var next = Start();
        Assert.Equal(ErrorCode.None, (ErrorCode)(await Ask<HeartbeatResponse>(next, GroupWorld.HeartbeatRequest(follower, 2))).ErrorCode);
        Assert.Equal("b", GroupWorld.Text((await Ask<SyncGroupResponse>(next, GroupWorld.SyncRequest(follower, 2))).Assignment));
        Assert.Equal(7, await Fetch(next));
    }

    [Fact]
    public async Task Nobody_hears_of_what_is_not_committed()
    {
        var replica = Start();
        await Fetch(replica);
        replica.Tell(new FakeReplica.CommitAlways(false));
        var commit = Tell(replica, GroupWorld.CommitRequest(5));
        var fetch = Tell(replica, FetchRequest());
        var later = Tell(replica, GroupWorld.CommitRequest(6));

        // A heartbeat tells of nothing durable: it is answered although the commits are not.
        Assert.Equal(ErrorCode.UnknownMemberId, (ErrorCode)(await Ask<HeartbeatResponse>(replica, GroupWorld.HeartbeatRequest("x", 1))).ErrorCode);
        Assert.All(new[] { commit, fetch, later }, call => Assert.False(call.Answer.IsCompleted));

        replica.Tell(new FakeReplica.CommitOldest());
        Assert.Equal(ErrorCode.None, Error(await Answer<OffsetCommitResponse>(commit)));
        Assert.Equal(5, (await Answer<OffsetFetchResponse>(fetch)).Groups[0].Topics[0].Partitions[0].CommittedOffset);
        Assert.False(later.Answer.IsCompleted);
        replica.Tell(new FakeReplica.CommitAlways(true));
        Assert.Equal(ErrorCode.None, Error(await Answer<OffsetCommitResponse>(later)));
        Assert.Equal(6, await Fetch(replica));
    }

    [Fact]
    public async Task After_an_append_that_failed_it_goes_on_from_the_log()
    {
        var replica = Start(new GroupSettings { InitialRebalanceDelayMs = 600_000 });
        await Ask<OffsetCommitResponse>(replica, GroupWorld.CommitRequest(5));
        var request = GroupWorld.JoinRequest();
        request.GroupId = "another";
        var member = Tell(replica, request);
        replica.Tell(new FakeReplica.CommitAlways(false));
        var lost = Tell(replica, GroupWorld.CommitRequest(9));
        var other = Tell(replica, FetchRequest());
        await AwaitAssertAsync(() => Assert.Equal(2, log.BatchCount), Soon);
        replica.Tell(new FakeReplica.RefuseNewest(ErrorCode.NotEnoughReplicas));
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, Error(await Answer<OffsetCommitResponse>(lost)));
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, (ErrorCode)(await Answer<OffsetFetchResponse>(other)).Groups[0].ErrorCode);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, (ErrorCode)(await Answer<JoinGroupResponse>(member)).ErrorCode);

        // The fake has written it all the same: whether it counts is for the log to say.
        replica.Tell(new FakeReplica.CommitAlways(true));
        Assert.Equal(9, await Fetch(replica));
    }

    [Fact]
    public async Task Calls_wait_for_the_replay_up_to_a_bound()
    {
        var (key, value) = GroupRecordCodec.Instance.Encode(new OffsetCommitRecord(
            GroupWorld.GroupId, new TopicPartition("t", 0), new CommittedOffset(3, -1, "", new TimestampMs(1), null)));
        using var builder = new RecordBatchBuilder();
        builder.Append(new TimestampMs(1), key, value);
        log.Append(builder.Build());
        // The last record is not committed: the replay has to wait for it.
        var replica = Start(maxHeldCalls: 1);
        var held = Tell(replica, FetchRequest());
        var refused = await Ask<HeartbeatResponse>(replica, GroupWorld.HeartbeatRequest("x", 1));
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, (ErrorCode)refused.ErrorCode);
        Assert.False(held.Answer.IsCompleted);
        log.Commit();
        Assert.Equal(3, (await Answer<OffsetFetchResponse>(held)).Groups[0].Topics[0].Partitions[0].CommittedOffset);
    }

    [Fact]
    public async Task A_log_that_cannot_be_read_is_not_served()
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(new TimestampMs(1), new byte[] { 0, 1, 0 }, new byte[] { 0 });
        log.Append(builder.Build());
        log.Commit();
        var answer = await Ask<HeartbeatResponse>(Start(), GroupWorld.HeartbeatRequest("x", 1));
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, (ErrorCode)answer.ErrorCode);
    }

    [Fact]
    public async Task Records_of_unknown_types_are_skipped()
    {
        using var builder = new RecordBatchBuilder();
        builder.Append(new TimestampMs(1), new byte[] { 0, 3, 0, 1, (byte)'g' }, new byte[] { 0 });
        log.Append(builder.Build());
        log.Commit();
        Assert.Equal(-1, await Fetch(Start()));
    }

    [Fact]
    public async Task Who_waits_is_told_when_the_leadership_is_lost()
    {
        var replica = Start(new GroupSettings { InitialRebalanceDelayMs = 600_000 });
        var join = Tell(replica, GroupWorld.JoinRequest());
        await Fetch(replica);
        replica.Tell(new FakeReplica.LoseLeadership());
        Assert.Equal(ErrorCode.NotCoordinator, (ErrorCode)(await Answer<JoinGroupResponse>(join)).ErrorCode);
    }

    [Fact]
    public async Task Time_passes_for_members_that_nobody_asks_about()
    {
        var replica = Start(new GroupSettings { InitialRebalanceDelayMs = 20 });
        Assert.Equal(1, (await Ask<JoinGroupResponse>(replica, GroupWorld.JoinRequest())).GenerationId);
    }
}
