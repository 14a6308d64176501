using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Journal;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Cluster.Tests.Controller;

public class LogDirFailuresTests
{
    private static readonly Guid Here = new(1, 1, 1, new byte[8]);
    private static readonly Guid There = new(2, 2, 2, new byte[8]);

    private readonly ControllerFixture controller = new(brokers: 0);
    private readonly Guid incarnation = new(9, 9, 9, new byte[8]);

    public LogDirFailuresTests()
    {
        Register(incarnation);
        controller.Register(2);
        controller.Create("orders", 4);
    }

    private TopicImage Topic => controller.Image.Topic("orders")!;

    private int[] Led => [.. Enumerable.Range(0, 4).Where(index => Topic.Partitions[index].Replicas[0] == 1)];

    [Fact]
    public void A_lost_partition_has_no_leader_under_a_higher_epoch_and_keeps_its_in_sync_set()
    {
        var (lost, kept) = (Led[0], Led[1]);
        var before = Topic.Partitions[lost];
        Assert.Equal(ErrorCode.None, Error(Lose(lost)));
        var after = Topic.Partitions[lost];
        Assert.Equal((BrokerId.None, before.LeaderEpoch.Value + 1, before.PartitionEpoch + 1), (after.Leader, after.LeaderEpoch.Value, after.PartitionEpoch));
        Assert.Equal([1], after.InSyncReplicas.ToArray());
        Assert.Equal(BrokerId.None, controller.Image.LeaderOf(after));
        Assert.True(after.IsLostOn(new BrokerId(1)));
        Assert.Equal(new BrokerId(1), controller.Image.LeaderOf(Topic.Partitions[kept]));
        Assert.Equal([lost], controller.LastDelta.Topics.Values.Single().ToArray());

        var sequence = controller.Image.Sequence;
        Assert.Equal(ErrorCode.None, Error(Lose(lost, lost)));
        Assert.Equal(sequence, controller.Image.Sequence);
    }

    [Fact]
    public void Nobody_loses_what_others_lead_or_what_does_not_exist_or_under_a_former_epoch()
    {
        var sequence = controller.Image.Sequence;
        var others = Enumerable.Range(0, 4).Except(Led).First();
        Assert.Equal(ErrorCode.NotLeaderOrFollower, Error(Lose(others)));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Error(Lose(4)));
        Assert.Equal(ErrorCode.UnknownTopicId, Error(Decide(Assignment(There, DirectoryIds.Lost, 0))));
        Assert.Equal(ErrorCode.None, Error(Decide(Assignment(Topic.Id.Value, There, Led[0]))));
        var stale = Assignment(Topic.Id.Value, DirectoryIds.Lost, Led[0]);
        stale.BrokerEpoch--;
        Assert.Equal(ErrorCode.StaleBrokerEpoch, (ErrorCode)Decide(stale).ErrorCode);
        stale.BrokerId = 7;
        Assert.Equal(ErrorCode.BrokerIdNotRegistered, (ErrorCode)Decide(stale).ErrorCode);
        Assert.Equal(sequence, controller.Image.Sequence);
    }

    [Fact]
    public void A_folder_that_is_offline_is_the_brokers_no_more()
    {
        Assert.Equal(ErrorCode.None, (ErrorCode)Heartbeat(There).ErrorCode);
        Assert.Equal([Here], controller.Image.Brokers[1].LogDirs.ToArray());
        Assert.False(controller.Image.Brokers[1].Fenced);
        var sequence = controller.Image.Sequence;
        Heartbeat(There);
        Heartbeat(Here);
        Assert.Equal(ErrorCode.StaleBrokerEpoch, (ErrorCode)Heartbeat(Here, epoch: controller.Image.Brokers[1].Epoch - 1).ErrorCode);
        Assert.Equal(sequence, controller.Image.Sequence);
    }

    [Fact]
    public void A_new_incarnation_leads_what_was_lost_under_a_higher_epoch_and_the_same_one_does_not()
    {
        Lose(Led[0]);
        var epoch = Topic.Partitions[Led[0]].LeaderEpoch.Value;
        controller.Apply(BrokerLifecycle.Fence(controller.Image, new BrokerId(1), fenced: true));
        Register(incarnation);
        Assert.Equal(BrokerId.None, Topic.Partitions[Led[0]].Leader);
        Assert.Equal(new BrokerId(1), controller.Image.LeaderOf(Topic.Partitions[Led[1]]));
        Register(new Guid(8, 8, 8, new byte[8]));
        Assert.Equal((new BrokerId(1), epoch + 1), (controller.Image.LeaderOf(Topic.Partitions[Led[0]]), Topic.Partitions[Led[0]].LeaderEpoch.Value));
        Assert.Equal(2, controller.Image.Brokers[1].LogDirs.Length);
    }

    [Fact]
    public void A_broker_that_was_unregistered_leads_what_was_lost_when_it_returns()
    {
        Lose(Led[0]);
        controller.Apply(BrokerLifecycle.Fence(controller.Image, new BrokerId(1), fenced: true));
        Assert.Equal(ErrorCode.None, (ErrorCode)controller.Decide<UnregisterBrokerResponse>(new UnregisterBrokerRequest { BrokerId = 1 }).ErrorCode);
        Register(new Guid(8, 8, 8, new byte[8]));
        Assert.All(Led, index => Assert.Equal(new BrokerId(1), controller.Image.LeaderOf(Topic.Partitions[index])));
        Assert.Equal([2, 1], Led.Select(index => Topic.Partitions[index].LeaderEpoch.Value));
    }

    [Fact]
    public void Fencing_gives_back_all_but_what_is_lost_and_a_topic_with_lost_partitions_can_be_deleted()
    {
        Lose(Led[0]);
        controller.Apply(BrokerLifecycle.Fence(controller.Image, new BrokerId(1), fenced: true));
        Assert.All(Led, index => Assert.Equal(BrokerId.None, controller.Image.LeaderOf(Topic.Partitions[index])));
        controller.Apply(BrokerLifecycle.Fence(controller.Image, new BrokerId(1), fenced: false));
        Assert.Equal([-1, 1], Led.Select(index => controller.Image.LeaderOf(Topic.Partitions[index]).Value));
        var deleted = controller.Decide<DeleteTopicsResponse>(new DeleteTopicsRequest { TopicNames = ["orders"] });
        Assert.Equal(ErrorCode.None, (ErrorCode)Assert.Single(deleted.Responses).ErrorCode);
        Assert.Empty(controller.Image.Topics);
    }

    [Fact]
    public void A_snapshot_has_what_is_lost()
    {
        Lose(Led[0]);
        var records = MetadataRecordCodec.Decode(MetadataRecordCodec.Encode([.. MetadataSnapshot.Records(controller.Image)]));
        var again = new MetadataBuilder(MetadataImage.Empty).Apply(records).Build(controller.Image.Sequence).Image.Topic("orders")!;
        Assert.All(Led, index => Assert.Equal((Topic.Partitions[index].Leader, Topic.Partitions[index].LeaderEpoch), (again.Partitions[index].Leader, again.Partitions[index].LeaderEpoch)));
        Assert.True(again.Partitions[Led[0]].IsLostOn(new BrokerId(1)));
    }

    [Fact]
    public void The_reserved_id_is_that_of_kafka()
    {
        var request = new AssignReplicasToDirsRequest { Directories = [new() { Id = DirectoryIds.Lost }] };
        // One directory, its id, no topics, no tags.
        Assert.Equal("02" + "00000000000000000000000000000002" + "01" + "0000", Convert.ToHexString(WireWriter.ToArray(request, 0)[^20..]));
    }

    private void Register(Guid process) => controller.Decide<BrokerRegistrationResponse>(
        new BrokerRegistrationRequest { BrokerId = 1, ClusterId = controller.Image.ClusterId, IncarnationId = process, LogDirs = [Here, There] });

    private AssignReplicasToDirsResponse Lose(params int[] partitions) => Decide(Assignment(Topic.Id.Value, DirectoryIds.Lost, partitions));

    private AssignReplicasToDirsResponse Decide(AssignReplicasToDirsRequest request) => controller.Decide<AssignReplicasToDirsResponse>(request);

    private BrokerHeartbeatResponse Heartbeat(Guid offline, long? epoch = null) => controller.Decide<BrokerHeartbeatResponse>(
        new BrokerHeartbeatRequest { BrokerId = 1, BrokerEpoch = epoch ?? controller.Image.Brokers[1].Epoch, OfflineLogDirs = [offline] });

    private AssignReplicasToDirsRequest Assignment(Guid topic, Guid directory, params int[] partitions) => new()
    {
        BrokerId = 1,
        BrokerEpoch = controller.Image.Brokers[1].Epoch,
        Directories = [new() { Id = directory, Topics = [new() { TopicId = topic, Partitions = [.. partitions.Select(index => new AssignReplicasToDirsRequest.PartitionData { PartitionIndex = index })] }] }],
    };

    private static ErrorCode Error(AssignReplicasToDirsResponse response) =>
        response.ErrorCode != 0 ? (ErrorCode)response.ErrorCode : (ErrorCode)response.Directories.Single().Topics.Single().Partitions.Select(partition => partition.ErrorCode).Distinct().Single();
}
