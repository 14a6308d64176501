using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Tests.Coordinators;

public class GroupMembershipTests
{
    private readonly GroupWorld world = new();

    [Fact]
    public void Refuses_heartbeats_of_strangers_and_of_other_generations()
    {
        Assert.Equal(ErrorCode.UnknownMemberId, world.Heartbeat("x", 0));
        var member = world.Stable();
        Assert.Equal(ErrorCode.None, world.Heartbeat(member, 1));
        Assert.Equal(ErrorCode.IllegalGeneration, world.Heartbeat(member, 0));
        Assert.Equal(ErrorCode.UnknownMemberId, world.Heartbeat("x", 1));
        var nameless = GroupWorld.HeartbeatRequest(member, 1);
        nameless.GroupId = "";
        Assert.Equal(ErrorCode.InvalidGroupId, (ErrorCode)world.Ask<HeartbeatResponse>(nameless).ErrorCode);
    }

    [Fact]
    public void Removes_a_member_that_is_silent_for_its_session_timeout()
    {
        var (leader, follower) = world.StablePair();
        world.Pass(9_999);
        Assert.Equal(ErrorCode.None, world.Heartbeat(leader, 2));
        world.Pass(1);
        Assert.Equal(ErrorCode.RebalanceInProgress, world.Heartbeat(leader, 2));
        Assert.Equal(ErrorCode.UnknownMemberId, world.Heartbeat(follower, 2));
        var alone = world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(leader));
        Assert.Equal((3, 1), (alone.GenerationId, alone.Members.Count));
    }

    [Fact]
    public void Is_empty_when_the_last_member_is_gone_and_remembers_its_generation()
    {
        world.StablePair();
        world.Pass(10_000);
        Assert.Equal((GroupState.Empty, 3), (world.State, world.Generation));
        world.FailOver();
        Assert.Equal((GroupState.Empty, 3), (world.State, world.Generation));
        var (_, join) = world.Enter();
        world.Pass(3000);
        Assert.Equal(4, world.Answer<JoinGroupResponse>(join)!.GenerationId);
    }

    [Fact]
    public void Elects_another_leader_when_the_leader_leaves()
    {
        var (leader, follower) = world.StablePair();
        Assert.Equal(ErrorCode.None, world.Leave(leader));
        Assert.Equal(ErrorCode.RebalanceInProgress, world.Heartbeat(follower, 2));
        Assert.Equal(follower, world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(follower)).Leader);
    }

    [Fact]
    public void Answers_each_of_those_who_leave()
    {
        var (leader, follower) = world.StablePair();
        var response = world.Ask<LeaveGroupResponse>(new LeaveGroupRequest
        {
            GroupId = GroupWorld.GroupId,
            Members =
            [
                new LeaveGroupRequest.MemberIdentity { MemberId = leader },
                new LeaveGroupRequest.MemberIdentity { MemberId = "x" },
                new LeaveGroupRequest.MemberIdentity { MemberId = leader },
                new LeaveGroupRequest.MemberIdentity { MemberId = follower },
            ],
        });
        Assert.Equal(
            [ErrorCode.None, ErrorCode.UnknownMemberId, ErrorCode.UnknownMemberId, ErrorCode.None],
            response.Members.Select(member => (ErrorCode)member.ErrorCode));
        Assert.Equal(GroupState.Empty, world.State);
    }

    [Fact]
    public void Nobody_leaves_a_group_that_does_not_exist()
    {
        Assert.Equal(ErrorCode.UnknownMemberId, world.Leave("x"));
        Assert.Equal(
            ErrorCode.InvalidGroupId, (ErrorCode)world.Ask<LeaveGroupResponse>(new LeaveGroupRequest { GroupId = "" }).ErrorCode);
    }

    [Fact]
    public void Answers_what_a_leaving_member_still_waits_for()
    {
        var leader = world.Stable();
        var (follower, join) = world.Enter();
        Assert.Equal(ErrorCode.None, world.Leave(follower));
        Assert.Equal(ErrorCode.UnknownMemberId, (ErrorCode)world.Answer<JoinGroupResponse>(join)!.ErrorCode);
        Assert.Equal(ErrorCode.RebalanceInProgress, world.Heartbeat(leader, 1));
    }

    [Fact]
    public void Members_survive_a_restart_and_have_a_full_session_again()
    {
        var (leader, follower) = world.StablePair();
        world.Pass(9_999);
        world.FailOver();
        Assert.Equal((GroupState.Stable, 2), (world.State, world.Generation));
        world.Pass(9_999);
        Assert.Equal(ErrorCode.None, world.Heartbeat(leader, 2));
        Assert.Equal(ErrorCode.None, world.Heartbeat(follower, 2));
        Assert.Equal("b", GroupWorld.Text(world.Ask<SyncGroupResponse>(GroupWorld.SyncRequest(follower, 2)).Assignment));
    }
}
