using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Tests.Coordinators;

public class JoinGroupTests
{
    private readonly GroupWorld world = new();

    private static ErrorCode Error(JoinGroupResponse response) => (ErrorCode)response.ErrorCode;

    [Fact]
    public void Gives_a_new_member_an_id_and_asks_it_to_come_back()
    {
        var response = world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(), 4, client: "app");
        Assert.Equal(ErrorCode.MemberIdRequired, Error(response));
        Assert.StartsWith("app-", response.MemberId, StringComparison.Ordinal);
        Assert.Equal(36, response.MemberId["app-".Length..].Length);
        Assert.Equal(GroupState.Empty, world.State);
    }

    [Fact]
    public void Takes_a_new_member_of_an_old_client_at_once()
    {
        var join = world.Send(GroupWorld.JoinRequest(), 3);
        Assert.Equal(GroupState.PreparingRebalance, world.State);
        world.Pass(3000);
        Assert.Equal(1, world.Answer<JoinGroupResponse>(join)!.GenerationId);
    }

    [Fact]
    public void Makes_the_first_member_the_leader_and_tells_it_the_members()
    {
        var (member, join) = world.Enter("range", "roundrobin");
        world.Pass(2999);
        Assert.Null(world.Answer<JoinGroupResponse>(join));
        world.Pass(1);
        var response = world.Answer<JoinGroupResponse>(join)!;
        Assert.Equal(ErrorCode.None, Error(response));
        Assert.Equal((1, member, "range", "consumer"), (response.GenerationId, response.Leader, response.ProtocolName, response.ProtocolType));
        Assert.Equal(member, Assert.Single(response.Members).MemberId);
        Assert.Equal("range-of-", GroupWorld.Text(response.Members[0].Metadata));
        Assert.False(response.SkipAssignment);
        Assert.Equal(GroupState.CompletingRebalance, world.State);
    }

    [Fact]
    public void Delays_the_first_generation_as_long_as_members_come()
    {
        var first = world.Send(GroupWorld.JoinRequest(rebalance: 7000), 3);
        world.Pass(2000);
        var second = world.Send(GroupWorld.JoinRequest(rebalance: 7000), 3);
        world.Pass(3999);
        Assert.Null(world.Answer<JoinGroupResponse>(first));
        world.Pass(1);
        Assert.Equal(2, world.Answer<JoinGroupResponse>(first)!.Members.Count);
        Assert.Empty(world.Answer<JoinGroupResponse>(second)!.Members);
    }

    [Fact]
    public void Does_not_delay_the_first_generation_beyond_the_rebalance_timeout()
    {
        var first = world.Send(GroupWorld.JoinRequest(rebalance: 7000), 3);
        for (var second = 0; second < 6; second++)
        {
            world.Pass(1000);
            world.Send(GroupWorld.JoinRequest(rebalance: 7000), 3);
        }

        Assert.Null(world.Answer<JoinGroupResponse>(first));
        world.Pass(1000);
        Assert.Equal(7, world.Answer<JoinGroupResponse>(first)!.Members.Count);
    }

    [Fact]
    public void Begins_at_once_without_an_initial_delay()
    {
        var quick = new GroupWorld(new GroupSettings { InitialRebalanceDelayMs = 0 });
        Assert.Equal(1, quick.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(), 3).GenerationId);
    }

    [Theory]
    [InlineData(5999)]
    [InlineData(1_800_001)]
    [InlineData(-1)]
    public void Refuses_a_session_timeout_out_of_bounds(int timeout) =>
        Assert.Equal(ErrorCode.InvalidSessionTimeout, Error(world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(session: timeout))));

    [Fact]
    public void Refuses_an_empty_group_id()
    {
        var request = GroupWorld.JoinRequest();
        request.GroupId = "";
        Assert.Equal(ErrorCode.InvalidGroupId, Error(world.Ask<JoinGroupResponse>(request)));
    }

    [Fact]
    public void Refuses_a_member_that_it_does_not_know()
    {
        Assert.Equal(ErrorCode.UnknownMemberId, Error(world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest("somebody"))));
        Assert.Equal(GroupState.Dead, world.State);
        world.Stable();
        Assert.Equal(ErrorCode.UnknownMemberId, Error(world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest("somebody"))));
    }

    [Fact]
    public void Refuses_protocols_that_the_others_do_not_have()
    {
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Error(world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(type: ""), 3)));
        world.Stable("range", "sticky");
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Error(world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(type: "connect"))));
        Assert.Equal(ErrorCode.InconsistentGroupProtocol, Error(world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(protocols: "roundrobin"))));
        Assert.Equal(ErrorCode.MemberIdRequired, Error(world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(protocols: ["roundrobin", "sticky"]))));
    }

    [Fact]
    public void Chooses_the_protocol_with_most_votes_of_those_that_all_have()
    {
        var joins = new[] { ["a", "b", "c"], ["b", "a"], new[] { "x", "b", "a" } }.Select(each => world.Send(GroupWorld.JoinRequest(protocols: each), 3)).ToList();
        world.Pass(6000);
        Assert.All(joins, join => Assert.Equal("b", world.Answer<JoinGroupResponse>(join)!.ProtocolName));
    }

    [Fact]
    public void Asks_members_to_join_again_when_another_one_comes()
    {
        var first = world.Stable();
        var (second, join) = world.Enter();
        Assert.Equal(ErrorCode.RebalanceInProgress, world.Heartbeat(first, 1));
        Assert.Null(world.Answer<JoinGroupResponse>(join));
        var leader = world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(first));
        Assert.Equal((2, first), (leader.GenerationId, leader.Leader));
        Assert.Equal([first, second], leader.Members.Select(member => member.MemberId));
        Assert.Empty(world.Answer<JoinGroupResponse>(join)!.Members);
    }

    [Fact]
    public void Removes_members_that_do_not_join_again_in_time()
    {
        var first = world.Stable();
        var (second, join) = world.Enter();
        for (var beat = 0; beat < 11; beat++)
        {
            world.Pass(5000);
            Assert.Equal(ErrorCode.RebalanceInProgress, world.Heartbeat(first, 1));
        }

        world.Pass(5000);
        var response = world.Answer<JoinGroupResponse>(join)!;
        Assert.Equal((2, second), (response.GenerationId, response.Leader));
        Assert.Equal(second, Assert.Single(response.Members).MemberId);
        Assert.Equal(ErrorCode.UnknownMemberId, world.Heartbeat(first, 1));
    }

    [Fact]
    public void Waits_for_members_that_have_an_id_and_did_not_use_it()
    {
        var first = world.Stable();
        var given = world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest()).MemberId;
        var (_, second) = world.Enter();
        var rejoin = world.Send(GroupWorld.JoinRequest(first));
        Assert.Null(world.Answer<JoinGroupResponse>(rejoin));
        Assert.Equal(ErrorCode.None, world.Leave(given));
        Assert.Equal(2, world.Answer<JoinGroupResponse>(rejoin)!.Members.Count);
        Assert.NotNull(world.Answer<JoinGroupResponse>(second));
    }

    [Fact]
    public void Forgets_an_id_that_is_not_used_within_the_session_timeout()
    {
        var given = world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest()).MemberId;
        world.Pass(10_000);
        Assert.Equal(GroupState.Dead, world.State);
        Assert.Equal(ErrorCode.UnknownMemberId, Error(world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(given))));
    }

    [Fact]
    public void Tells_a_member_again_what_it_may_have_missed()
    {
        var (member, join) = world.Enter();
        world.Pass(3000);
        var first = world.Answer<JoinGroupResponse>(join)!;
        var again = world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(member));
        Assert.Equal((first.GenerationId, first.Members.Count), (again.GenerationId, again.Members.Count));
        Assert.Equal(GroupState.CompletingRebalance, world.State);
    }

    [Fact]
    public void Begins_a_rebalance_when_the_leader_of_a_stable_group_joins_again_but_not_for_others()
    {
        var (leader, follower) = world.StablePair();
        var same = world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(follower));
        Assert.Equal((ErrorCode.None, 2), (Error(same), same.GenerationId));
        Assert.Equal(GroupState.Stable, world.State);
        world.Send(GroupWorld.JoinRequest(leader));
        Assert.Equal(GroupState.PreparingRebalance, world.State);
    }

    [Fact]
    public void Begins_a_rebalance_when_a_member_offers_something_else()
    {
        var (_, follower) = world.StablePair();
        world.Send(GroupWorld.JoinRequest(follower, protocols: ["range", "sticky"]));
        Assert.Equal(GroupState.PreparingRebalance, world.State);
    }

    [Fact]
    public void Answers_the_older_of_two_calls_of_a_member()
    {
        var (member, join) = world.Enter();
        var again = world.Send(GroupWorld.JoinRequest(member));
        Assert.Equal(ErrorCode.RebalanceInProgress, Error(world.Answer<JoinGroupResponse>(join)!));
        world.Pass(3000);
        Assert.Equal(1, world.Answer<JoinGroupResponse>(again)!.GenerationId);
    }

    [Fact]
    public void Turns_members_away_from_a_full_group()
    {
        var small = new GroupWorld(new GroupSettings { MaxSize = 1 });
        var member = small.Stable();
        var response = small.Ask<JoinGroupResponse>(GroupWorld.JoinRequest());
        Assert.Equal((ErrorCode.GroupMaxSizeReached, ""), (Error(response), response.MemberId));
        Assert.Equal(ErrorCode.None, small.Heartbeat(member, 1));
    }

    [Fact]
    public void Shrinks_a_group_that_is_over_its_size_after_a_restart()
    {
        var (leader, follower) = world.StablePair();
        var small = new GroupWorld(new GroupSettings { MaxSize = 1 });
        foreach (var record in new[] { new GroupMetadataRecord(GroupWorld.GroupId, world.Shard.Find(GroupWorld.GroupId)!.Stored) })
        {
            var (key, value) = GroupRecordCodec.Instance.Encode(record);
            small.AppendToLog(key, value);
        }

        small.FailOver();
        Assert.Equal(GroupState.PreparingRebalance, small.State);
        var kept = small.Send(GroupWorld.JoinRequest(leader));
        Assert.Equal(ErrorCode.GroupMaxSizeReached, Error(small.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(follower))));
        Assert.Equal(leader, Assert.Single(small.Answer<JoinGroupResponse>(kept)!.Members).MemberId);
    }

    [Fact]
    public void Lets_a_new_member_that_waits_too_long_ask_again()
    {
        var first = world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(rebalance: 1_000_000)).MemberId;
        world.Send(GroupWorld.JoinRequest(first, rebalance: 1_000_000));
        world.Pass(3000);
        world.Ask<SyncGroupResponse>(GroupWorld.SyncRequest(first, 1));
        var (_, join) = world.Enter();
        for (var beat = 0; beat < 60; beat++)
        {
            Assert.Null(world.Answer<JoinGroupResponse>(join));
            world.Heartbeat(first, 1);
            world.Pass(5000);
        }

        Assert.Equal(ErrorCode.UnknownMemberId, Error(world.Answer<JoinGroupResponse>(join)!));
    }
}
