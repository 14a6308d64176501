using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Tests.Coordinators;

public class StaticMemberTests
{
    private readonly GroupWorld world = new();

    private static ErrorCode Error(JoinGroupResponse response) => (ErrorCode)response.ErrorCode;

    [Fact]
    public void A_static_member_comes_in_without_coming_back()
    {
        var join = world.Send(GroupWorld.JoinRequest(instance: "i1"));
        world.Pass(3000);
        Assert.StartsWith("i1-", world.Answer<JoinGroupResponse>(join)!.MemberId, StringComparison.Ordinal);
    }

    [Fact]
    public void A_restarted_follower_goes_on_without_a_rebalance()
    {
        var members = world.StableStatic("i1", "i2");
        var back = world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(instance: "i2"));
        Assert.Equal((ErrorCode.None, 1, members[0], false), (Error(back), back.GenerationId, back.Leader, back.SkipAssignment));
        Assert.NotEqual(members[1], back.MemberId);
        Assert.Empty(back.Members);
        Assert.Equal(GroupState.Stable, world.State);
        Assert.Equal("i2", GroupWorld.Text(world.Ask<SyncGroupResponse>(GroupWorld.SyncRequest(back.MemberId, 1)).Assignment));
        world.FailOver();
        Assert.Equal(ErrorCode.None, world.Heartbeat(back.MemberId, 1, "i2"));
    }

    [Fact]
    public void A_restarted_leader_is_told_to_skip_the_assignment()
    {
        world.StableStatic("i1", "i2");
        var back = world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(instance: "i1"), 9);
        Assert.True(back.SkipAssignment);
        Assert.Equal(back.MemberId, back.Leader);
        Assert.Equal(2, back.Members.Count);
    }

    [Fact]
    public void An_old_client_that_restarts_as_leader_is_not_told_that_it_leads()
    {
        var members = world.StableStatic("i1", "i2");
        var back = world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(instance: "i1"), 8);
        Assert.Equal(members[0], back.Leader);
        Assert.Empty(back.Members);
        Assert.False(back.SkipAssignment);
    }

    [Fact]
    public void The_old_id_is_fenced()
    {
        var members = world.StableStatic("i1", "i2");
        world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(instance: "i2"));
        Assert.Equal(ErrorCode.FencedInstanceId, world.Heartbeat(members[1], 1, "i2"));
        Assert.Equal(ErrorCode.UnknownMemberId, world.Heartbeat(members[1], 1));
        Assert.Equal(ErrorCode.FencedInstanceId, Error(world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(members[1], instance: "i2"))));
        var sync = GroupWorld.SyncRequest(members[1], 1);
        sync.GroupInstanceId = "i2";
        Assert.Equal(ErrorCode.FencedInstanceId, (ErrorCode)world.Ask<SyncGroupResponse>(sync).ErrorCode);
        var commit = GroupWorld.CommitRequest(1, members[1], 1);
        commit.GroupInstanceId = "i2";
        Assert.Equal(ErrorCode.FencedInstanceId, world.Commit(commit));
        Assert.Equal(ErrorCode.FencedInstanceId, world.Leave(members[1], "i2"));
    }

    [Fact]
    public void A_call_that_waits_under_the_old_id_is_fenced()
    {
        var waits = world.Send(GroupWorld.JoinRequest(instance: "i1"));
        var back = world.Send(GroupWorld.JoinRequest(instance: "i1"));
        Assert.Equal(ErrorCode.FencedInstanceId, Error(world.Answer<JoinGroupResponse>(waits)!));
        world.Pass(6000);
        var response = world.Answer<JoinGroupResponse>(back)!;
        Assert.Equal(response.MemberId, Assert.Single(response.Members).MemberId);
    }

    [Fact]
    public void A_restart_while_the_leader_assigns_begins_another_rebalance()
    {
        var joins = new[] { "i1", "i2" }.Select(instance => world.Send(GroupWorld.JoinRequest(instance: instance))).ToList();
        world.Pass(6000);
        Assert.Equal(GroupState.CompletingRebalance, world.State);
        world.Send(GroupWorld.JoinRequest(instance: "i2"));
        Assert.Equal(GroupState.PreparingRebalance, world.State);
        Assert.NotNull(world.Answer<JoinGroupResponse>(joins[0]));
    }

    [Fact]
    public void A_restart_with_a_protocol_that_changes_the_choice_begins_a_rebalance()
    {
        var join = world.Send(GroupWorld.JoinRequest(instance: "i1", protocols: ["a", "b"]));
        world.Pass(3000);
        var member = world.Answer<JoinGroupResponse>(join)!.MemberId;
        world.Ask<SyncGroupResponse>(GroupWorld.SyncRequest(member, 1));
        var back = world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(instance: "i1", protocols: ["b"]));
        Assert.Equal((2, "b"), (back.GenerationId, back.ProtocolName));
    }

    [Fact]
    public void A_rebalance_does_not_remove_static_members_that_are_away()
    {
        var members = world.StableStatic("i1", "i2");
        var join = world.Send(GroupWorld.JoinRequest(instance: "i3", rebalance: 8000));
        world.Send(GroupWorld.JoinRequest(members[0], instance: "i1", session: 100_000));
        world.Pass(5000);
        Assert.Equal(ErrorCode.RebalanceInProgress, world.Heartbeat(members[1], 1, "i2"));
        for (var beat = 0; beat < 11; beat++)
        {
            world.Pass(5000);
            world.Heartbeat(members[1], 1, "i2");
        }

        Assert.Equal(2, world.Answer<JoinGroupResponse>(join)!.GenerationId);
        Assert.Equal(3, world.Shard.Find(GroupWorld.GroupId)!.Members.Count);
    }

    [Fact]
    public void An_operator_removes_a_static_member_by_its_instance_id()
    {
        world.StableStatic("i1", "i2");
        Assert.Equal(ErrorCode.UnknownMemberId, world.Leave("", "i9"));
        Assert.Equal(ErrorCode.None, world.Leave("", "i2"));
        Assert.Equal(GroupState.PreparingRebalance, world.State);
        Assert.Equal(ErrorCode.UnknownMemberId, world.Leave("", "i2"));
    }
}
