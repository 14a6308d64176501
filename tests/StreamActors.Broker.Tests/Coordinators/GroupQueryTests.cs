using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Tests.Coordinators;

public class GroupQueryTests
{
    private readonly GroupWorld world = new();

    private DescribeGroupsResponse.DescribedGroup Describe(short version = 6) =>
        Assert.Single(world.Ask<DescribeGroupsResponse>(new DescribeGroupsRequest { Groups = [GroupWorld.GroupId] }, version).Groups);

    private List<string> List(params string[] states) =>
        [.. world.Ask<ListGroupsResponse>(new ListGroupsRequest { StatesFilter = [.. states] }).Groups.Select(group => $"{group.GroupId} {group.GroupState} {group.GroupType} {group.ProtocolType}")];

    private ErrorCode Delete() =>
        (ErrorCode)Assert.Single(world.Ask<DeleteGroupsResponse>(new DeleteGroupsRequest { GroupsNames = [GroupWorld.GroupId, GroupWorld.GroupId] }).Results).ErrorCode;

    [Fact]
    public void Describes_a_group_that_does_not_exist_in_the_words_of_the_version()
    {
        Assert.Equal((ErrorCode.GroupIdNotFound, "Dead"), ((ErrorCode)Describe().ErrorCode, Describe().GroupState));
        Assert.Equal((ErrorCode.None, "Dead"), ((ErrorCode)Describe(5).ErrorCode, Describe(5).GroupState));
    }

    [Fact]
    public void Describes_members_in_full_only_while_stable()
    {
        var (leader, _) = world.StablePair();
        var stable = Describe();
        Assert.Equal(("Stable", "consumer", "range"), (stable.GroupState, stable.ProtocolType, stable.ProtocolData));
        Assert.Equal((leader, "c", "/127.0.0.1"), (stable.Members[0].MemberId, stable.Members[0].ClientId, stable.Members[0].ClientHost));
        Assert.Equal(("range-of-", "a"), (GroupWorld.Text(stable.Members[0].MemberMetadata), GroupWorld.Text(stable.Members[0].MemberAssignment)));
        world.Send(GroupWorld.JoinRequest(leader));
        var moving = Describe();
        Assert.Equal(("PreparingRebalance", "", 2), (moving.GroupState, moving.ProtocolData, moving.Members.Count));
        Assert.True(moving.Members[0].MemberAssignment.IsEmpty && moving.Members[0].MemberMetadata.IsEmpty);
    }

    [Fact]
    public void Lists_groups_by_state_and_type()
    {
        world.Commit(GroupWorld.CommitRequest(5));
        Assert.Equal(["g Empty classic "], List());
        world.Stable();
        Assert.Equal(["g Stable classic consumer"], List());
        Assert.Equal(["g Stable classic consumer"], List("empty", "STABLE"));
        Assert.Empty(List("Empty"));
        Assert.Empty(List("nonsense"));
        Assert.Single(world.Ask<ListGroupsResponse>(new ListGroupsRequest { TypesFilter = ["Classic"] }).Groups);
        Assert.Empty(world.Ask<ListGroupsResponse>(new ListGroupsRequest { TypesFilter = ["consumer"] }).Groups);
    }

    [Fact]
    public void Deletes_groups_without_members_only_and_for_good()
    {
        Assert.Equal(ErrorCode.GroupIdNotFound, Delete());
        var member = world.Stable();
        world.Commit(GroupWorld.CommitRequest(5, member, 1));
        Assert.Equal(ErrorCode.NonEmptyGroup, Delete());
        world.Leave(member);
        Assert.Equal(ErrorCode.None, Delete());
        Assert.Equal(GroupState.Dead, world.State);
        Assert.Equal(-1, world.Fetch());
        Assert.Empty(world.Replay().Groups);
    }

    [Fact]
    public void Deletes_a_group_that_only_keeps_offsets()
    {
        world.Commit(GroupWorld.CommitRequest(5));
        Assert.Equal(ErrorCode.None, Delete());
        Assert.Empty(world.Replay().Groups);
    }
}
