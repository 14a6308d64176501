using System.Buffers.Binary;
using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Broker.Tests.Coordinators;

public class OffsetTests
{
    private const long Day = 24 * 3600 * 1000;

    private readonly GroupWorld world = new();

    [Fact]
    public void Members_commit_in_their_generation()
    {
        var member = world.Stable();
        Assert.Equal(ErrorCode.None, world.Commit(GroupWorld.CommitRequest(5, member, 1)));
        Assert.Equal(5, world.Fetch());
        Assert.Equal(ErrorCode.IllegalGeneration, world.Commit(GroupWorld.CommitRequest(6, member, 0)));
        Assert.Equal(ErrorCode.UnknownMemberId, world.Commit(GroupWorld.CommitRequest(6, "x", 1)));
        Assert.Equal(ErrorCode.UnknownMemberId, world.Commit(GroupWorld.CommitRequest(6)));
        Assert.Equal(5, world.Fetch());
        Assert.Equal(-1, world.Fetch(partition: 1));
        Assert.Equal(-1, world.Fetch("u"));
    }

    [Fact]
    public void Anybody_commits_to_a_group_without_members()
    {
        Assert.Equal(-1, world.Fetch());
        Assert.Equal(ErrorCode.None, world.Commit(GroupWorld.CommitRequest(5)));
        Assert.Equal(ErrorCode.None, world.Commit(GroupWorld.CommitRequest(7)));
        Assert.Equal(7, world.Fetch());
        Assert.Equal(GroupState.Empty, world.State);
        world.FailOver();
        Assert.Equal(7, world.Fetch());
    }

    [Fact]
    public void A_member_of_no_group_is_told_so_in_its_version()
    {
        Assert.Equal(ErrorCode.IllegalGeneration, world.Commit(GroupWorld.CommitRequest(5, "x", 3), 8));
        Assert.Equal(ErrorCode.GroupIdNotFound, world.Commit(GroupWorld.CommitRequest(5, "x", 3), 9));
    }

    [Fact]
    public void Commits_are_taken_while_members_gather_but_not_while_they_are_assigned()
    {
        var leader = world.Stable();
        world.Enter();
        Assert.Equal(ErrorCode.None, world.Commit(GroupWorld.CommitRequest(5, leader, 1)));
        world.Send(GroupWorld.JoinRequest(leader));
        Assert.Equal(GroupState.CompletingRebalance, world.State);
        Assert.Equal(ErrorCode.RebalanceInProgress, world.Commit(GroupWorld.CommitRequest(6, leader, 2)));
        Assert.Equal(ErrorCode.IllegalGeneration, world.Commit(GroupWorld.CommitRequest(6, leader, 1)));
    }

    [Fact]
    public void A_commit_is_a_sign_of_life()
    {
        var member = world.Stable();
        world.Pass(9_999);
        world.Commit(GroupWorld.CommitRequest(5, member, 1));
        world.Pass(9_999);
        Assert.Equal(ErrorCode.None, world.Heartbeat(member, 1));
    }

    [Fact]
    public void Refuses_metadata_that_is_too_large_and_takes_the_other_partitions()
    {
        var request = GroupWorld.CommitRequest(5);
        request.Topics[0].Partitions[0].CommittedMetadata = new string('é', 2049);
        request.Topics[0].Partitions.Add(new OffsetCommitRequest.OffsetCommitRequestPartition { PartitionIndex = 1, CommittedOffset = 6 });
        var answers = world.Ask<OffsetCommitResponse>(request).Topics[0].Partitions;
        Assert.Equal([ErrorCode.OffsetMetadataTooLarge, ErrorCode.None], answers.Select(answer => (ErrorCode)answer.ErrorCode));
        Assert.Equal(-1, world.Fetch());
        Assert.Equal(6, world.Fetch(partition: 1));
    }

    [Fact]
    public void A_commit_of_nothing_makes_no_group()
    {
        var request = GroupWorld.CommitRequest(5);
        request.Topics[0].Partitions[0].CommittedMetadata = new string('x', 5000);
        Assert.Equal(ErrorCode.OffsetMetadataTooLarge, world.Commit(request));
        Assert.Equal(GroupState.Dead, world.State);
    }

    [Fact]
    public void Tells_all_offsets_with_their_epochs_and_metadata()
    {
        var request = GroupWorld.CommitRequest(5, topic: "b", partition: 3);
        request.Topics[0].Partitions[0].CommittedLeaderEpoch = 9;
        world.Ask<OffsetCommitResponse>(request);
        world.Commit(GroupWorld.CommitRequest(6, topic: "a"));
        var groups = world.Ask<OffsetFetchResponse>(new OffsetFetchRequest
        {
            Groups =
            [
                new OffsetFetchRequest.OffsetFetchRequestGroup { GroupId = GroupWorld.GroupId, Topics = null },
                new OffsetFetchRequest.OffsetFetchRequestGroup { GroupId = "absent", Topics = null },
            ],
        }).Groups;
        Assert.Equal(["a", "b"], groups[0].Topics.Select(topic => topic.Name));
        var partition = Assert.Single(groups[0].Topics[1].Partitions);
        Assert.Equal((3, 5, 9, "m"), (partition.PartitionIndex, partition.CommittedOffset, partition.CommittedLeaderEpoch, partition.Metadata));
        Assert.Equal((short)0, groups[1].ErrorCode);
        Assert.Empty(groups[1].Topics);
    }

    [Fact]
    public void Offsets_of_subscribed_topics_cannot_be_deleted()
    {
        var join = world.Ask<JoinGroupResponse>(Subscriber("", "t"));
        var wait = world.Send(Subscriber(join.MemberId, "t"));
        world.Pass(3000);
        Assert.NotNull(world.Answer<JoinGroupResponse>(wait));
        world.Ask<SyncGroupResponse>(GroupWorld.SyncRequest(join.MemberId, 1));
        world.Commit(GroupWorld.CommitRequest(5, join.MemberId, 1));
        world.Commit(GroupWorld.CommitRequest(6, join.MemberId, 1, "u"));
        Assert.Equal(ErrorCode.GroupSubscribedToTopic, DeleteOffset("t"));
        Assert.Equal(ErrorCode.None, DeleteOffset("u"));
        Assert.Equal((5, -1), (world.Fetch(), world.Fetch("u")));
        world.Leave(join.MemberId);
        Assert.Equal(ErrorCode.None, DeleteOffset("t"));
        Assert.Equal(-1, world.Fetch());
    }

    [Fact]
    public void Offsets_of_a_group_whose_subscription_cannot_be_read_cannot_be_deleted()
    {
        var member = world.Stable();
        world.Commit(GroupWorld.CommitRequest(5, member, 1));
        Assert.Equal(ErrorCode.GroupSubscribedToTopic, DeleteOffset("t"));
    }

    [Fact]
    public void Offsets_of_another_kind_of_group_are_deleted_only_when_it_is_empty()
    {
        Assert.Equal(ErrorCode.GroupIdNotFound, (ErrorCode)DeleteRequest("t").ErrorCode);
        var join = world.Send(GroupWorld.JoinRequest(type: "connect"), 3);
        world.Pass(3000);
        Assert.NotNull(world.Answer<JoinGroupResponse>(join));
        Assert.Equal(ErrorCode.NonEmptyGroup, (ErrorCode)DeleteRequest("t").ErrorCode);
    }

    [Fact]
    public void Offsets_of_a_simple_group_expire_by_their_age_and_the_group_with_them()
    {
        world.Commit(GroupWorld.CommitRequest(5));
        world.Pass(4 * Day);
        world.Commit(GroupWorld.CommitRequest(6, partition: 1));
        world.Pass((3 * Day) + 600_000);
        Assert.Equal((-1, 6), (world.Fetch(), world.Fetch(partition: 1)));
        world.Pass(4 * Day);
        Assert.Equal(GroupState.Dead, world.State);
        Assert.Empty(world.Replay().Groups);
    }

    [Fact]
    public void Offsets_of_a_group_that_had_members_age_from_when_the_last_one_left()
    {
        var member = world.Stable();
        world.Commit(GroupWorld.CommitRequest(5, member, 1));
        for (var beat = 0; beat < 8 * 24 * 2; beat++)
        {
            world.Pass(1_800_000 - 9000);
            // A session of ten seconds: the member is gone long ago if nobody speaks for it.
            if (world.State != GroupState.Empty) break;
            world.Pass(9000);
        }

        Assert.Equal(-1, world.Fetch());
        Assert.Equal(GroupState.Dead, world.State);
    }

    [Fact]
    public void A_retention_of_the_clients_own_counts_instead()
    {
        var request = GroupWorld.CommitRequest(5);
        request.RetentionTimeMs = 1000;
        world.Ask<OffsetCommitResponse>(request, 3);
        world.FailOver();
        world.Pass(600_000);
        Assert.Equal(-1, world.Fetch());
    }

    private OffsetDeleteResponse DeleteRequest(string topic) => world.Ask<OffsetDeleteResponse>(new OffsetDeleteRequest
    {
        GroupId = GroupWorld.GroupId,
        Topics =
        [
            new OffsetDeleteRequest.OffsetDeleteRequestTopic
            {
                Name = topic,
                Partitions = [new OffsetDeleteRequest.OffsetDeleteRequestPartition { PartitionIndex = 0 }],
            },
        ],
    });

    private ErrorCode DeleteOffset(string topic) => (ErrorCode)DeleteRequest(topic).Topics[0].Partitions[0].ErrorCode;

    private static JoinGroupRequest Subscriber(string member, params string[] topics)
    {
        var request = GroupWorld.JoinRequest(member);
        var subscription = WireWriter.ToArray(new ConsumerProtocolSubscription { Topics = [.. topics] }, 1);
        var metadata = new byte[subscription.Length + 2];
        BinaryPrimitives.WriteInt16BigEndian(metadata, 1);
        subscription.CopyTo(metadata, 2);
        request.Protocols[0].Metadata = metadata;
        return request;
    }
}
