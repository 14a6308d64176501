using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Broker.Tests.Coordinators;

/// <summary>What a coordinator tells of who waits for whom.</summary>
public sealed class GroupProgressTests
{
    private readonly GroupWorld world = new();

    private DescribeGroupProgressResponse.GroupProgress Progress() =>
        Assert.Single(world.Ask<DescribeGroupProgressResponse>(new DescribeGroupProgressRequest { Groups = [GroupWorld.GroupId] }, 0).Groups);

    private string States() => string.Join(' ', Progress().Members.Select(member => member.State));

    [Fact]
    public void A_group_that_is_not_there_is_told_so_and_all_are_those_that_are()
    {
        Assert.Equal((ErrorCode.GroupIdNotFound, "Dead"), ((ErrorCode)Progress().ErrorCode, Progress().State));
        Assert.Empty(world.Ask<DescribeGroupProgressResponse>(new DescribeGroupProgressRequest { Groups = null }, 0).Groups);
        world.Commit(GroupWorld.CommitRequest(5));
        Assert.Equal("Empty", Assert.Single(world.Ask<DescribeGroupProgressResponse>(new DescribeGroupProgressRequest { Groups = null }, 0).Groups).State);
    }

    [Fact]
    public void Members_that_hold_up_a_rebalance_are_named_by_what_they_have_to_do()
    {
        var (leader, follower) = world.StablePair();
        Assert.Equal("stable stable", States());
        Assert.Equal([leader], Progress().Members.Where(member => member.IsLeader).Select(member => member.MemberId));

        world.Pass(4000);
        var rejoin = world.Send(GroupWorld.JoinRequest(leader));
        world.Pass(3000);
        var waiting = Progress();
        Assert.Equal(("PreparingRebalance", world.Now.Value - 3000, world.Now.Value + 57_000), (waiting.State, waiting.StateSinceMs, waiting.DeadlineMs));
        Assert.Equal("joined has-to-rejoin", States());
        Assert.Equal(follower, waiting.Members[1].MemberId);
        Assert.Equal((world.Now.Value - 7000, world.Now.Value + 3000), (waiting.Members[1].LastHeartbeatMs, waiting.Members[1].SessionDeadlineMs));

        world.Send(GroupWorld.JoinRequest(follower));
        Assert.Equal(3, world.Answer<JoinGroupResponse>(rejoin)!.GenerationId);
        Assert.Equal("has-to-assign has-to-sync", States());
        world.Send(GroupWorld.SyncRequest(follower, 3));
        Assert.Equal("has-to-assign synced", States());
        world.Ask<SyncGroupResponse>(GroupWorld.SyncRequest(leader, 3));
        Assert.Equal("stable stable", States());
    }

    [Fact]
    public void Partitions_have_their_offset_since_when_it_stands_there_and_their_owner()
    {
        var (member, join) = world.Enter();
        world.Pass(world.Settings.InitialRebalanceDelayMs);
        Assert.NotNull(world.Answer<JoinGroupResponse>(join));
        var sync = GroupWorld.SyncRequest(member, 1);
        sync.Assignments.Add(new() { MemberId = member, Assignment = Assignment("t", 0, 2) });
        world.Ask<SyncGroupResponse>(sync);
        var first = world.Now.Value;
        world.Commit(GroupWorld.CommitRequest(5, member, 1));
        world.Pass(1000);
        world.Commit(GroupWorld.CommitRequest(5, member, 1));
        world.Commit(GroupWorld.CommitRequest(9, member, 1, partition: 1));

        var topic = Assert.Single(Progress().Topics);
        Assert.Equal(
            [(0, 5L, first + 1000, first, member), (1, 9L, first + 1000, first + 1000, null), (2, -1L, -1L, -1L, member)],
            topic.Partitions.Select(each => (each.PartitionIndex, each.CommittedOffset, each.CommittedAtMs, each.UnchangedSinceMs, each.OwnerMemberId)));

        world.Commit(GroupWorld.CommitRequest(6, member, 1));
        Assert.Equal(world.Now.Value, Progress().Topics[0].Partitions[0].UnchangedSinceMs);
    }

    private static byte[] Assignment(string topic, params int[] partitions)
    {
        var assignment = new ConsumerProtocolAssignment { AssignedPartitions = [new() { Topic = topic, Partitions = [.. partitions] }] };
        return [0, 0, .. WireWriter.ToArray(assignment, 0)];
    }
}
