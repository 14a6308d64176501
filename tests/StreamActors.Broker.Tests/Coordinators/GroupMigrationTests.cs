using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Broker.Coordinators.Groups.Consumer;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Tests.Coordinators;

public class GroupMigrationTests
{
    private readonly GroupWorld world = new(new GroupSettings { InitialRebalanceDelayMs = 0 });

    public GroupMigrationTests() => world.Topics.Set("a", 4);

    private Group Group => world.Shard.Find(GroupWorld.GroupId)!;

    [Fact]
    public void The_first_member_of_the_new_protocol_upgrades_the_group_and_takes_its_share()
    {
        var classic = Classic();
        Assert.Equal(GroupState.Stable, Group.Members.State);

        var consumer = ConsumerMemberClient.Of(world, "new", "a").Join();
        Assert.Equal(ErrorCode.None, consumer.Error);
        Assert.NotNull(Group.Consumer);
        Assert.Equal(0, consumer.Owned.Count);

        // The classic member hears of it by its heartbeat, gives back by joining, and fetches what it has.
        Assert.Equal(ErrorCode.RebalanceInProgress, classic.Heartbeat());
        classic.Rejoin();
        Assert.Equal(2, classic.Owned.Count);
        Assert.Equal(ErrorCode.RebalanceInProgress, classic.Heartbeat());
        classic.Rejoin();
        Assert.Equal(ErrorCode.None, classic.Heartbeat());
        Assert.Equal(2, consumer.Beat().Owned.Count);
        Assert.Equal("Stable", Group.Consumer!.State);
        Assert.Equal((short)ErrorCode.GroupIdNotFound, world.Ask<DescribeGroupsResponse>(new DescribeGroupsRequest { Groups = [GroupWorld.GroupId] }, 6).Groups[0].ErrorCode);
    }

    [Fact]
    public void When_the_last_member_of_the_new_protocol_leaves_the_group_is_classic_again()
    {
        var classic = Classic();
        var consumer = ConsumerMemberClient.Of(world, "new", "a").Join();
        classic.Rejoin().Rejoin();
        consumer.Leave();
        Assert.Null(Group.Consumer);
        Assert.Equal(GroupState.PreparingRebalance, Group.Members.State);
        Assert.Equal(ErrorCode.RebalanceInProgress, classic.Heartbeat());
        classic.RejoinClassic();
        Assert.Equal((GroupState.Stable, 4), (Group.Members.State, classic.Owned.Count));
        world.FailOver();
        Assert.Null(Group.Consumer);
        Assert.Equal(ErrorCode.None, classic.Heartbeat());
    }

    [Fact]
    public void A_group_in_between_survives_a_failover()
    {
        var classic = Classic();
        var consumer = ConsumerMemberClient.Of(world, "new", "a").Join();
        classic.Rejoin();
        classic.Rejoin();
        consumer.Beat();
        world.FailOver();
        Assert.Equal(ErrorCode.None, classic.Heartbeat());
        Assert.Equal(2, consumer.Beat().Owned.Count);
        consumer.Leave();
        Assert.Null(Group.Consumer);
    }

    [Fact]
    public void A_policy_that_forbids_it_keeps_the_group_as_it_is()
    {
        var strict = new GroupWorld(new GroupSettings { InitialRebalanceDelayMs = 0, Consumer = ConsumerGroupSettings.Of(new Dictionary<string, string> { ["group.consumer.migration.policy"] = "disabled" }) });
        strict.Topics.Set("a", 4);
        new ClassicMemberClient(strict).Join();
        Assert.Equal(ErrorCode.GroupIdNotFound, ConsumerMemberClient.Of(strict, "new", "a").Join().Error);
        Assert.Equal(GroupState.Stable, strict.State);
    }

    [Fact]
    public void A_group_of_something_else_than_consumers_is_not_upgraded()
    {
        var join = world.Ask<JoinGroupResponse>(GroupWorld.JoinRequest(type: "connect"), 3);
        Assert.Equal((short)ErrorCode.None, join.ErrorCode);
        Assert.Equal(ErrorCode.GroupIdNotFound, ConsumerMemberClient.Of(world, "new", "a").Join().Error);
    }

    [Fact]
    public void A_group_that_only_keeps_offsets_becomes_a_consumer_group_and_keeps_them()
    {
        var commit = new OffsetCommitRequest { GroupId = GroupWorld.GroupId, GenerationIdOrMemberEpoch = -1 };
        commit.Topics.Add(new OffsetCommitRequest.OffsetCommitRequestTopic { Name = "a", Partitions = [new() { PartitionIndex = 0, CommittedOffset = 7 }] });
        world.Ask<OffsetCommitResponse>(commit);
        var consumer = ConsumerMemberClient.Of(world, "new", "a").Join();
        Assert.Equal(4, consumer.Owned.Count);
        Assert.Equal(7, Group.Offsets.Find("a", 0)!.Value.Offset);
    }

    [Fact]
    public void An_empty_consumer_group_becomes_classic_when_a_classic_member_joins()
    {
        ConsumerMemberClient.Of(world, "new", "a").Join().Leave();
        var classic = Classic();
        Assert.Null(Group.Consumer);
        Assert.Equal((GroupState.Stable, 4), (Group.Members.State, classic.Owned.Count));
        world.FailOver();
        Assert.Equal((GroupState.Stable, true), (Group.Members.State, Group.Consumer is null));
    }

    [Fact]
    public void A_classic_member_that_does_not_come_again_in_time_is_out()
    {
        var classic = Classic();
        var consumer = ConsumerMemberClient.Of(world, "new", "a").Join();
        for (var passed = 0; passed < 70_000; passed += 5000)
        {
            classic.Heartbeat();
            consumer.Beat();
            world.Pass(5000);
        }

        Assert.Equal(ErrorCode.UnknownMemberId, classic.Heartbeat());
        Assert.Equal(4, consumer.Beat().Owned.Count);
    }

    private ClassicMemberClient Classic() => new ClassicMemberClient(world).Join();
}
