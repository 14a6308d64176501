using StreamActors.Broker.Coordinators.Groups.Consumer;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Tests.Coordinators;

public class ConsumerGroupTests
{
    private readonly GroupWorld world = new();

    public ConsumerGroupTests() => world.Topics.Set("a", 6);

    private ConsumerGroup Group => world.Shard.Find(GroupWorld.GroupId)!.Consumer!;

    [Fact]
    public void The_first_member_has_all_at_once()
    {
        var member = Member("m1").Join();
        Assert.Equal(ErrorCode.None, member.Error);
        Assert.Equal((1, 5000), (member.Epoch, member.Last!.HeartbeatIntervalMs));
        Assert.Equal(6, member.Owned.Count);
        Assert.Equal("Stable", Group.State);
    }

    [Fact]
    public void A_second_member_gets_its_share_when_the_first_has_given_it_back()
    {
        var first = Member("m1").Join();
        world.Pass(2000);
        var second = Member("m2").Join();
        Assert.Equal((2, 0), (second.Epoch, second.Owned.Count));
        Assert.Equal("Reconciling", Group.State);

        // Asked to give back three, the first stays in its epoch, and the second gets none before it has.
        first.Beat();
        Assert.Equal((1, 3), (first.Epoch, first.Owned.Count));
        Assert.Equal(0, second.Beat().Owned.Count);

        first.Beat();
        Assert.Equal((2, 3), (first.Epoch, first.Owned.Count));
        second.Beat();
        Assert.Equal(3, second.Owned.Count);
        Assert.False(first.Owned.Overlaps(second.Owned));
        Assert.Equal("Stable", Group.State);
    }

    [Fact]
    public void A_heartbeat_that_does_not_say_what_it_owns_gives_nothing_back()
    {
        var first = Member("m1").Join();
        world.Pass(2000);
        var second = Member("m2").Join();
        first.Beat();
        first.Beat(withOwned: false);
        Assert.Equal(1, first.Epoch);
        Assert.Equal(0, second.Beat().Owned.Count);
    }

    [Fact]
    public void An_answer_without_news_has_no_assignment()
    {
        var member = Member("m1").Join();
        Assert.Null(member.Beat(withOwned: false).Last!.Assignment);
    }

    [Fact]
    public void A_member_that_does_not_give_back_in_time_is_out()
    {
        var first = Member("m1").Join();
        world.Pass(2000);
        var second = Member("m2").Join();
        first.Beat();
        for (var passed = 0; passed < 61_000; passed += 3000)
        {
            world.Pass(3000);
            second.Beat();
            if (Group.Member("m1") is not null) first.Beat(withOwned: false);
        }

        Assert.Null(Group.Member("m1"));
        Assert.Equal(6, second.Beat().Owned.Count);
        Assert.Equal(ErrorCode.UnknownMemberId, first.Beat().Error);
    }

    [Fact]
    public void A_silent_member_is_out_after_its_session()
    {
        var first = Member("m1").Join();
        world.Pass(44_000);
        Assert.NotNull(Group.Member("m1"));
        first.Beat();
        world.Pass(44_000);
        Assert.NotNull(Group.Member("m1"));
        world.Pass(1001);
        Assert.Null(Group.Member("m1"));
        Assert.Equal("Empty", Group.State);
    }

    [Fact]
    public void A_member_that_leaves_frees_what_it_had()
    {
        var (first, second) = Two();
        second.Leave();
        Assert.Equal(-1, second.Epoch);
        world.Pass(2000);
        Assert.Equal(6, first.Beat().Owned.Count);
    }

    [Fact]
    public void Many_that_join_within_the_interval_are_assigned_at_once()
    {
        var members = Enumerable.Range(0, 6).Select(number => Member($"m{number}").Join()).ToList();
        Assert.Equal("Assigning", Group.State);
        Settle(members);
        Assert.All(members, member => Assert.Equal(1, member.Owned.Count));
        // One for the first, and one for the other five.
        Assert.Equal(6, Group.Target.Epoch);
    }

    [Theory]
    [InlineData(5, ErrorCode.FencedMemberEpoch)]
    [InlineData(1, ErrorCode.None)]
    public void A_member_may_come_with_the_epoch_before_but_not_with_a_later_one(int epoch, ErrorCode expected)
    {
        var (first, _) = Two();
        Assert.Equal(2, first.Epoch);
        var request = first.Request(withOwned: true);
        request.MemberEpoch = epoch;
        Assert.Equal(expected, first.Send(request).Error);
    }

    [Fact]
    public void A_member_with_the_epoch_before_that_owns_what_it_was_not_given_is_fenced()
    {
        var (first, second) = Two();
        var request = first.Request(withOwned: true);
        request.MemberEpoch = 1;
        request.TopicPartitions = [.. second.Owned.Topics.Select(topic => new ConsumerGroupHeartbeatRequest.TopicPartitionsData { TopicId = topic.Id, Partitions = [.. topic.Partitions] })];
        Assert.Equal(ErrorCode.FencedMemberEpoch, first.Send(request).Error);
    }

    [Fact]
    public void An_old_join_that_comes_again_gives_away_nothing()
    {
        var first = Member("m1").Join();
        var join = first.Request(withOwned: false);
        (join.MemberEpoch, join.RebalanceTimeoutMs, join.SubscribedTopicNames, join.TopicPartitions) = (0, 60_000, ["a"], []);
        world.Pass(2000);
        var second = Member("m2").Join();
        first.Beat();
        world.Ask<ConsumerGroupHeartbeatResponse>(join, 1);
        Assert.Equal(0, second.Beat().Owned.Count);
        first.Beat();
        Assert.Equal(3, second.Beat().Owned.Count);
    }

    [Fact]
    public void A_static_member_that_is_away_keeps_its_partitions_until_its_session_ends()
    {
        var first = new ConsumerMemberClient(world, "m1", "i1") { Topics = ["a"] }.Join();
        world.Pass(2000);
        var second = Member("m2").Join();
        Settle([first, second]);
        var had = first.Owned;
        var epoch = Group.Epoch;
        first.Leave(ConsumerMember.AwayEpoch);
        Assert.Equal(-2, first.Epoch);
        world.Pass(2000);
        Assert.Equal(3, second.Beat().Owned.Count);

        var again = new ConsumerMemberClient(world, "m3", "i1") { Topics = ["a"] }.Join();
        Assert.Equal(had, again.Owned);
        Assert.Equal(epoch, Group.Epoch);
        Assert.Null(Group.Member("m1"));
        Assert.Equal(ErrorCode.FencedInstanceId, first.Beat().Error);
    }

    [Fact]
    public void A_static_member_that_did_not_leave_cannot_be_replaced()
    {
        new ConsumerMemberClient(world, "m1", "i1") { Topics = ["a"] }.Join();
        Assert.Equal(ErrorCode.UnreleasedInstanceId, new ConsumerMemberClient(world, "m2", "i1") { Topics = ["a"] }.Join().Error);
    }

    [Fact]
    public void Another_subscription_begins_a_new_epoch()
    {
        world.Topics.Set("b", 2);
        var member = Member("m1").Join();
        world.Pass(2000);
        member.Subscribe("a", "b");
        Assert.Equal((2, 8), (member.Epoch, member.Owned.Count));
        world.Pass(2000);
        member.Subscribe("b").Beat();
        Assert.Equal((3, 2), (member.Epoch, member.Owned.Count));
    }

    [Fact]
    public void A_topic_that_grows_or_goes_begins_a_new_epoch()
    {
        var member = Member("m1").Join();
        world.Pass(2000);
        world.Topics.Set("a", 8);
        Assert.Equal((2, 8), (member.Beat().Epoch, member.Owned.Count));
        world.Pass(2000);
        world.Topics.Set("other", 1);
        Assert.Equal(2, member.Beat().Epoch);
        world.Topics.Delete("a");
        member.Beat().Beat();
        Assert.Equal((3, 0), (member.Epoch, member.Owned.Count));
    }

    [Fact]
    public void A_topic_that_is_not_there_yet_is_assigned_when_it_is()
    {
        var member = Member("m1", "later").Join();
        Assert.Equal((1, 0), (member.Epoch, member.Owned.Count));
        world.Topics.Set("later", 2);
        world.Pass(2000);
        Assert.Equal(2, member.Beat().Owned.Count);
    }

    [Fact]
    public void A_pattern_matches_whole_names_and_topics_that_come_later()
    {
        world.Topics.Set("ab", 1).Set("xa", 1).Set("__consumer_offsets", 50);
        var member = new ConsumerMemberClient(world, "m1") { Regex = "a.*|__.*" }.Join();
        Assert.Equal(7, member.Owned.Count);
        world.Pass(2000);
        world.Topics.Set("ac", 3);
        Assert.Equal(10, member.Beat().Owned.Count);
        Assert.Equal(["a", "ab", "ac"], Group.Matches["a.*|__.*"].Topics.ToArray());
        member.Leave();
        Assert.Empty(Group.Matches);
    }

    [Theory]
    [InlineData("a(")]
    [InlineData(@"(a)\1")]
    [InlineData("(?=a)")]
    [InlineData("((a{1000}){1000}){1000}")]
    public void A_pattern_that_is_none_is_refused(string pattern) =>
        Assert.Equal(ErrorCode.InvalidRegularExpression, new ConsumerMemberClient(world, "m1") { Regex = pattern }.Join().Error);

    [Theory]
    [InlineData(@"\Qa.b\E", "a.b", true)]
    [InlineData(@"\Qa.b\E", "axb", false)]
    [InlineData("(?P<x>a)+", "aaa", true)]
    public void Patterns_are_in_the_language_of_re2(string pattern, string name, bool expected) =>
        Assert.Equal(expected, TopicPatterns.Compile(pattern, out _)!.IsMatch(name));

    [Fact]
    public void An_unknown_assignor_is_refused()
    {
        var member = new ConsumerMemberClient(world, "m1") { Topics = ["a"], Assignor = "sticky" }.Join();
        Assert.Equal(ErrorCode.UnsupportedAssignor, member.Error);
        Assert.Contains("uniform, range", member.Last!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_in_a_request_is_said()
    {
        AssertInvalid(request => request.GroupId = "");
        AssertInvalid(request => request.MemberId = "");
        AssertInvalid(request => request.InstanceId = "");
        AssertInvalid(request => request.RackId = "");
        AssertInvalid(request => request.RebalanceTimeoutMs = -1);
        AssertInvalid(request => request.TopicPartitions = null);
        AssertInvalid(request => request.SubscribedTopicNames = null);
        AssertInvalid(request => request.MemberEpoch = -3);
        AssertInvalid(request => request.MemberEpoch = -2);
    }

    [Fact]
    public void Nobody_but_a_joining_member_makes_a_group()
    {
        var member = Member("m1");
        var request = member.Request(withOwned: true);
        request.MemberEpoch = 1;
        Assert.Equal(ErrorCode.GroupIdNotFound, member.Send(request).Error);
        Assert.Null(world.Shard.Find(GroupWorld.GroupId));
    }

    [Fact]
    public void A_full_group_takes_nobody()
    {
        var full = new GroupWorld(new() { Consumer = new ConsumerGroupSettings { MaxSize = 1 } });
        full.Topics.Set("a", 1);
        ConsumerMemberClient.Of(full, "m1", "a").Join();
        Assert.Equal(ErrorCode.GroupMaxSizeReached, ConsumerMemberClient.Of(full, "m2", "a").Join().Error);
    }

    [Fact]
    public void All_of_it_is_in_the_log()
    {
        var (first, second) = Two();
        world.FailOver();
        Assert.Equal("Stable", Group.State);
        Assert.Equal(2, first.Beat().Epoch);
        Assert.Equal((ErrorCode.None, 3), (second.Beat().Error, second.Owned.Count));
        world.Pass(46_000);
        Assert.Equal("Empty", Group.State);
    }

    [Fact]
    public void Members_commit_in_their_epoch_only()
    {
        var (first, _) = Two();
        Assert.Equal(ErrorCode.None, Commit("m1", 2, 9));
        Assert.Equal(ErrorCode.StaleMemberEpoch, Commit("m1", 1, 9));
        Assert.Equal(ErrorCode.UnsupportedVersion, Commit("m1", 2, 8));
        Assert.Equal(ErrorCode.UnknownMemberId, Commit("nobody", 2, 9));
        Assert.Equal(ErrorCode.UnknownMemberId, Commit("", -1, 9));
        first.Leave();
    }

    [Fact]
    public void A_member_that_has_not_heard_of_its_epoch_commits_what_it_has_had_since_the_one_before()
    {
        var (first, second) = Two();
        var kept = first.Owned.All.First().Partition;
        var moved = second.Owned.All.First().Partition;
        Assert.Equal(ErrorCode.None, Commit("m1", 1, 9, kept, world.Topics.Id("a")));
        Assert.Equal(ErrorCode.StaleMemberEpoch, Commit("m1", 1, 9, moved, world.Topics.Id("a")));
        Assert.Equal(ErrorCode.StaleMemberEpoch, Commit("m2", 1, 9, moved, world.Topics.Id("a")));
        Assert.Equal(ErrorCode.StaleMemberEpoch, Commit("m1", 0, 9, kept, world.Topics.Id("a")));
        world.FailOver();
        Assert.Equal(ErrorCode.None, Commit("m1", 1, 9, kept, world.Topics.Id("a")));
    }

    [Fact]
    public void A_group_is_listed_and_described()
    {
        var (first, second) = Two();
        var listed = Assert.Single(world.Ask<ListGroupsResponse>(new ListGroupsRequest { TypesFilter = ["consumer"] }).Groups);
        Assert.Equal(("consumer", "Stable", "consumer"), (listed.GroupType, listed.GroupState, listed.ProtocolType));
        Assert.Empty(world.Ask<ListGroupsResponse>(new ListGroupsRequest { TypesFilter = ["classic"] }).Groups);

        var described = Assert.Single(world.Ask<ConsumerGroupDescribeResponse>(new ConsumerGroupDescribeRequest { GroupIds = [GroupWorld.GroupId] }).Groups);
        Assert.Equal(("Stable", 2, 2, "uniform"), (described.GroupState, described.GroupEpoch, described.AssignmentEpoch, described.AssignorName));
        Assert.Equal([first.MemberId, second.MemberId], described.Members.Select(member => member.MemberId));
        Assert.Equal("a", described.Members[0].Assignment.TopicPartitions[0].TopicName);

        var classic = Assert.Single(world.Ask<DescribeGroupsResponse>(new DescribeGroupsRequest { Groups = [GroupWorld.GroupId] }, 6).Groups);
        Assert.Equal((short)ErrorCode.GroupIdNotFound, classic.ErrorCode);
    }

    [Fact]
    public void An_empty_group_can_be_deleted_and_leaves_nothing()
    {
        var member = Member("m1").Join();
        Assert.Equal((short)ErrorCode.NonEmptyGroup, Delete());
        Commit("m1", 1, 9);
        member.Leave();
        Assert.Equal((short)ErrorCode.None, Delete());
        Assert.Null(world.Shard.Find(GroupWorld.GroupId));
        Assert.Empty(world.Replay().Groups);
    }

    private short Delete() => world.Ask<DeleteGroupsResponse>(new DeleteGroupsRequest { GroupsNames = [GroupWorld.GroupId] }).Results[0].ErrorCode;

    private ErrorCode Commit(string member, int epoch, short version, int partition = 0, Guid topic = default)
    {
        var request = new OffsetCommitRequest { GroupId = GroupWorld.GroupId, MemberId = member, GenerationIdOrMemberEpoch = epoch };
        request.Topics.Add(new OffsetCommitRequest.OffsetCommitRequestTopic { Name = "a", TopicId = topic, Partitions = [new() { PartitionIndex = partition, CommittedOffset = 7 }] });
        return (ErrorCode)world.Ask<OffsetCommitResponse>(request, version).Topics[0].Partitions[0].ErrorCode;
    }

    private void AssertInvalid(Action<ConsumerGroupHeartbeatRequest> fault)
    {
        var request = new ConsumerGroupHeartbeatRequest
        {
            GroupId = GroupWorld.GroupId,
            MemberId = "m",
            RebalanceTimeoutMs = 1000,
            SubscribedTopicNames = ["a"],
            TopicPartitions = [],
        };
        fault(request);
        Assert.Equal((short)ErrorCode.InvalidRequest, world.Ask<ConsumerGroupHeartbeatResponse>(request, 1).ErrorCode);
    }

    private ConsumerMemberClient Member(string id, params string[] topics) => ConsumerMemberClient.Of(world, id, topics.Length == 0 ? ["a"] : topics);

    private (ConsumerMemberClient First, ConsumerMemberClient Second) Two()
    {
        var first = Member("m1").Join();
        world.Pass(2000);
        var second = Member("m2").Join();
        Settle([first, second]);
        return (first, second);
    }

    private void Settle(List<ConsumerMemberClient> members)
    {
        for (var round = 0; round < 5; round++)
        {
            world.Pass(1000);
            foreach (var member in members) member.Beat();
        }
    }
}
