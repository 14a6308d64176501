using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Tests.Coordinators;

public class SyncGroupTests
{
    private readonly GroupWorld world = new();

    private static ErrorCode Error(SyncGroupResponse response) => (ErrorCode)response.ErrorCode;

    [Fact]
    public void Hands_the_leaders_assignment_to_everybody()
    {
        var (leader, follower) = world.StablePair();
        var again = world.Ask<SyncGroupResponse>(GroupWorld.SyncRequest(follower, 2));
        Assert.Equal(("b", "consumer", "range"), (GroupWorld.Text(again.Assignment), again.ProtocolType, again.ProtocolName));
        Assert.Equal("a", GroupWorld.Text(world.Ask<SyncGroupResponse>(GroupWorld.SyncRequest(leader, 2)).Assignment));
    }

    [Fact]
    public void Gives_an_empty_assignment_to_whom_the_leader_forgot()
    {
        var leader = world.Stable();
        var (follower, _) = world.Enter();
        world.Send(GroupWorld.JoinRequest(leader));
        world.Ask<SyncGroupResponse>(GroupWorld.SyncRequest(leader, 2, (leader, "a"), ("stranger", "x")));
        Assert.True(world.Ask<SyncGroupResponse>(GroupWorld.SyncRequest(follower, 2)).Assignment.IsEmpty);
    }

    [Fact]
    public void Refuses_strangers_other_generations_and_other_protocols()
    {
        Assert.Equal(ErrorCode.UnknownMemberId, Error(world.Ask<SyncGroupResponse>(GroupWorld.SyncRequest("x", 1))));
        var member = world.Stable();
        Assert.Equal(ErrorCode.UnknownMemberId, Error(world.Ask<SyncGroupResponse>(GroupWorld.SyncRequest("x", 1))));
        Assert.Equal(ErrorCode.IllegalGeneration, Error(world.Ask<SyncGroupResponse>(GroupWorld.SyncRequest(member, 2))));
        var other = GroupWorld.SyncRequest(member, 1);
        other.ProtocolType = "connect";
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Error(world.Ask<SyncGroupResponse>(other)));
        other.ProtocolType = null;
        other.ProtocolName = "sticky";
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Error(world.Ask<SyncGroupResponse>(other)));
        other.GroupId = "";
        Assert.Equal(ErrorCode.InvalidGroupId, Error(world.Ask<SyncGroupResponse>(other)));
    }

    [Fact]
    public void Sends_a_member_back_to_join_while_the_group_gathers()
    {
        var member = world.Stable();
        world.Enter();
        Assert.Equal(ErrorCode.RebalanceInProgress, Error(world.Ask<SyncGroupResponse>(GroupWorld.SyncRequest(member, 1))));
    }

    [Fact]
    public void Tells_those_who_wait_when_another_rebalance_begins()
    {
        var leader = world.Stable();
        var (follower, _) = world.Enter();
        world.Send(GroupWorld.JoinRequest(leader));
        var waits = world.Send(GroupWorld.SyncRequest(follower, 2));
        world.Enter();
        Assert.Equal(ErrorCode.RebalanceInProgress, Error(world.Answer<SyncGroupResponse>(waits)!));
        Assert.Equal(GroupState.PreparingRebalance, world.State);
    }

    [Fact]
    public void Removes_members_that_joined_and_never_synced()
    {
        var leader = world.Stable();
        var (follower, _) = world.Enter();
        world.Send(GroupWorld.JoinRequest(leader));
        world.Ask<SyncGroupResponse>(GroupWorld.SyncRequest(leader, 2));
        for (var beat = 0; beat < 12; beat++)
        {
            Assert.Equal(ErrorCode.None, world.Heartbeat(leader, 2));
            Assert.Equal(ErrorCode.None, world.Heartbeat(follower, 2));
            world.Pass(5000);
        }

        Assert.Equal(ErrorCode.RebalanceInProgress, world.Heartbeat(leader, 2));
        Assert.Equal(ErrorCode.UnknownMemberId, world.Heartbeat(follower, 2));
    }

    [Fact]
    public void Does_not_lose_patience_with_a_member_that_waits_for_the_leader()
    {
        var leader = world.Stable();
        var (follower, _) = world.Enter();
        world.Send(GroupWorld.JoinRequest(leader));
        var waits = world.Send(GroupWorld.SyncRequest(follower, 2));
        for (var beat = 0; beat < 6; beat++)
        {
            world.Pass(5000);
            Assert.Equal(ErrorCode.None, world.Heartbeat(leader, 2));
        }

        world.Ask<SyncGroupResponse>(GroupWorld.SyncRequest(leader, 2, (follower, "late")));
        Assert.Equal("late", GroupWorld.Text(world.Answer<SyncGroupResponse>(waits)!.Assignment));
        world.Pass(9_999);
        Assert.Equal(ErrorCode.None, world.Heartbeat(follower, 2));
        world.Pass(10_000);
        Assert.Equal(ErrorCode.UnknownMemberId, world.Heartbeat(follower, 2));
    }

    [Fact]
    public void Refuses_an_assignment_that_the_log_would_not_take()
    {
        var small = new GroupWorld(new GroupSettings { MaxRecordBytes = 2000 });
        var (member, _) = small.Enter();
        small.Pass(3000);
        Assert.Equal(ErrorCode.UnknownServerError, Error(small.Ask<SyncGroupResponse>(GroupWorld.SyncRequest(member, 1, (member, new string('x', 2000))))));
        Assert.Equal(GroupState.PreparingRebalance, small.State);
        Assert.Equal(0, small.RecordCount);
    }
}
