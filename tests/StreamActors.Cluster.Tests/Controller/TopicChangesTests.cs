using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Cluster.Tests.Controller;

public class TopicChangesTests
{
    [Fact]
    public void Deleting_removes_the_topic_and_its_settings()
    {
        var controller = new ControllerFixture();
        controller.Create("orders", 3, 1, false, ("retention.ms", "1000"));
        Assert.Equal(0, Delete(controller, "orders"));
        Assert.Null(controller.Image.Topic("orders"));
        Assert.Empty(controller.Image.ConfigsOf(ConfigResourceType.Topic, "orders"));
        Assert.Equal(3, controller.LastDelta.DeletedTopics.Single().Partitions.Count);
        Assert.Equal((short)ErrorCode.UnknownTopicOrPartition, Delete(controller, "orders"));
    }

    [Fact]
    public void A_topic_made_again_has_another_id()
    {
        var controller = new ControllerFixture();
        var first = controller.Create("orders").TopicId;
        Delete(controller, "orders");
        Assert.NotEqual(first, controller.Create("orders").TopicId);
    }

    [Fact]
    public void Deleting_by_an_unknown_id_and_where_it_is_disabled_is_refused()
    {
        var controller = new ControllerFixture();
        var response = controller.Decide<DeleteTopicsResponse>(new DeleteTopicsRequest
        {
            Topics = [new DeleteTopicsRequest.DeleteTopicState { Name = null, TopicId = Guid.NewGuid() }],
        });
        Assert.Equal(ErrorCode.UnknownTopicId, (ErrorCode)response.Responses.Single().ErrorCode);
        var locked = new ControllerFixture(new ControllerSettings { DeleteTopicEnable = false });
        locked.Create("orders");
        Assert.Equal((short)ErrorCode.TopicDeletionDisabled, Delete(locked, "orders"));
        Assert.NotNull(locked.Image.Topic("orders"));
    }

    [Fact]
    public void Partitions_are_added_behind_the_present_ones()
    {
        var controller = new ControllerFixture(brokers: 2);
        controller.Create("orders", 2);
        var before = controller.Image.Topic("orders")!.Partitions[1];
        Assert.Equal(0, AddPartitions(controller, "orders", 600));
        Assert.Equal(600, controller.Image.Topic("orders")!.Partitions.Count);
        Assert.Equal(before.Replicas.ToArray(), controller.Image.Topic("orders")!.Partitions[1].Replicas.ToArray());
        Assert.Equal((short)ErrorCode.InvalidPartitions, AddPartitions(controller, "orders", 600));
        Assert.Equal((short)ErrorCode.InvalidPartitions, AddPartitions(controller, "orders", 5));
        Assert.Equal((short)ErrorCode.UnknownTopicOrPartition, AddPartitions(controller, "nothing", 5));
    }

    [Fact]
    public void Settings_are_set_deleted_appended_and_subtracted()
    {
        var controller = new ControllerFixture();
        controller.Create("orders");
        Assert.Equal(ErrorCode.None, Alter(controller, "cleanup.policy", 2, "compact"));
        Assert.Equal("delete,compact", Config(controller, "cleanup.policy"));
        Assert.Equal(ErrorCode.None, Alter(controller, "cleanup.policy", 3, "delete"));
        Assert.Equal("compact", Config(controller, "cleanup.policy"));
        Assert.Equal(ErrorCode.None, Alter(controller, "cleanup.policy", 1, null));
        Assert.Null(Config(controller, "cleanup.policy"));
        Assert.Equal(ErrorCode.InvalidConfig, Alter(controller, "retention.ms", 2, "5"));
        Assert.Equal(ErrorCode.InvalidConfig, Alter(controller, "retention.ms", 0, "x"));
        Assert.Equal(ErrorCode.InvalidConfig, Alter(controller, "no.such", 0, "x"));
        Assert.Equal(ErrorCode.InvalidRequest, Alter(controller, "retention.ms", 9, "5"));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Alter(controller, "retention.ms", 0, "5", topic: "nothing"));
    }

    [Fact]
    public void Blocks_of_producer_ids_never_overlap_and_stale_brokers_get_none()
    {
        var controller = new ControllerFixture();
        var epoch = controller.Image.Brokers[1].Epoch;
        var first = controller.Decide<AllocateProducerIdsResponse>(new AllocateProducerIdsRequest { BrokerId = 1, BrokerEpoch = epoch });
        var second = controller.Decide<AllocateProducerIdsResponse>(new AllocateProducerIdsRequest { BrokerId = 1, BrokerEpoch = epoch });
        Assert.Equal(first.ProducerIdStart + first.ProducerIdLen, second.ProducerIdStart);
        var stale = controller.Decide<AllocateProducerIdsResponse>(new AllocateProducerIdsRequest { BrokerId = 1, BrokerEpoch = epoch - 1 });
        Assert.Equal(ErrorCode.StaleBrokerEpoch, (ErrorCode)stale.ErrorCode);
    }

    private static short Delete(ControllerFixture controller, string topic) =>
        controller.Decide<DeleteTopicsResponse>(new DeleteTopicsRequest { Topics = [new DeleteTopicsRequest.DeleteTopicState { Name = topic }] })
            .Responses.Single().ErrorCode;

    private static short AddPartitions(ControllerFixture controller, string topic, int count) =>
        controller.Decide<CreatePartitionsResponse>(new CreatePartitionsRequest
        {
            Topics = [new CreatePartitionsRequest.CreatePartitionsTopic { Name = topic, Count = count, Assignments = null }],
        }).Results.Single().ErrorCode;

    private static ErrorCode Alter(ControllerFixture controller, string name, sbyte operation, string? value, string topic = "orders") =>
        (ErrorCode)controller.Decide<IncrementalAlterConfigsResponse>(new IncrementalAlterConfigsRequest
        {
            Resources =
            [
                new IncrementalAlterConfigsRequest.AlterConfigsResource
                {
                    ResourceType = 2, ResourceName = topic,
                    Configs = [new IncrementalAlterConfigsRequest.AlterableConfig { Name = name, ConfigOperation = operation, Value = value }],
                },
            ],
        }).Responses.Single().ErrorCode;

    private static string? Config(ControllerFixture controller, string name) =>
        controller.Image.ConfigsOf(ConfigResourceType.Topic, "orders").GetValueOrDefault(name);
}
