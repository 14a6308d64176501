using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Cluster.Tests.Controller;

public class TopicCreationTests
{
    [Fact]
    public void A_new_topic_has_its_partitions_spread_over_all_brokers()
    {
        var controller = new ControllerFixture(brokers: 3);
        var result = controller.Create("orders", partitions: 9);
        Assert.Equal(ErrorCode.None, (ErrorCode)result.ErrorCode);
        Assert.Equal(9, result.NumPartitions);
        var topic = controller.Image.Topic("orders")!;
        Assert.Equal(result.TopicId, topic.Id.Value);
        var leaders = Enumerable.Range(0, 9).Select(index => topic.Partitions[index].Leader.Value).GroupBy(id => id).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(new Dictionary<int, int> { [1] = 3, [2] = 3, [3] = 3 }, leaders);
    }

    [Fact]
    public void Replicas_of_a_partition_are_on_different_racks()
    {
        var controller = new ControllerFixture(brokers: 6, rack: id => $"rack-{id % 3}");
        Assert.Equal(0, controller.Create("orders", partitions: 12, factor: 3).ErrorCode);
        var topic = controller.Image.Topic("orders")!;
        for (var index = 0; index < 12; index++)
        {
            var racks = topic.Partitions[index].Replicas.Select(id => controller.Image.Brokers[id].Rack).Distinct();
            Assert.Equal(3, racks.Count());
        }
    }

    [Theory]
    [InlineData("", ErrorCode.InvalidTopicException)]
    [InlineData(".", ErrorCode.InvalidTopicException)]
    [InlineData("..", ErrorCode.InvalidTopicException)]
    [InlineData("a b", ErrorCode.InvalidTopicException)]
    [InlineData("grün", ErrorCode.InvalidTopicException)]
    [InlineData("__cluster_metadata", ErrorCode.InvalidTopicException)]
    [InlineData("present", ErrorCode.TopicAlreadyExists)]
    [InlineData("with.dot", ErrorCode.InvalidTopicException)]
    public void A_bad_name_is_refused(string name, ErrorCode error)
    {
        var controller = new ControllerFixture();
        controller.Create("present");
        controller.Create("with_dot");
        var result = controller.Create(name);
        Assert.Equal(error, (ErrorCode)result.ErrorCode);
        Assert.NotEmpty(result.ErrorMessage!);
    }

    [Fact]
    public void A_name_may_have_249_characters_and_no_more()
    {
        var controller = new ControllerFixture();
        Assert.Equal(0, controller.Create(new string('n', 249)).ErrorCode);
        Assert.Equal(ErrorCode.InvalidTopicException, (ErrorCode)controller.Create(new string('n', 250)).ErrorCode);
    }

    [Theory]
    [InlineData(0, 1, ErrorCode.InvalidPartitions)]
    [InlineData(-2, 1, ErrorCode.InvalidPartitions)]
    [InlineData(1, 0, ErrorCode.InvalidReplicationFactor)]
    [InlineData(1, -2, ErrorCode.InvalidReplicationFactor)]
    [InlineData(1, 3, ErrorCode.InvalidReplicationFactor)]
    [InlineData(100_001, 1, ErrorCode.PolicyViolation)]
    public void Numbers_out_of_range_are_refused(int partitions, short factor, ErrorCode error)
    {
        var controller = new ControllerFixture(brokers: 2);
        Assert.Equal(error, (ErrorCode)controller.Create("orders", partitions, factor).ErrorCode);
        Assert.Null(controller.Image.Topic("orders"));
    }

    [Fact]
    public void More_replicas_than_followers_can_keep_are_refused()
    {
        var controller = new ControllerFixture(new ControllerSettings(), brokers: 3);
        Assert.Equal(ErrorCode.InvalidReplicationFactor, (ErrorCode)controller.Create("orders", 1, 2).ErrorCode);
    }

    [Fact]
    public void Defaults_are_the_brokers()
    {
        var controller = new ControllerFixture(new ControllerSettings { DefaultPartitions = 7 });
        Assert.Equal(7, controller.Create("orders", partitions: -1, factor: -1).NumPartitions);
    }

    [Fact]
    public void Validate_only_changes_nothing()
    {
        var controller = new ControllerFixture();
        var before = controller.Image;
        Assert.Equal(0, controller.Create("orders", 3, 1, validateOnly: true).ErrorCode);
        Assert.Same(before, controller.Image);
    }

    [Fact]
    public void Settings_are_kept_and_bad_ones_refused()
    {
        var controller = new ControllerFixture();
        Assert.Equal(0, controller.Create("good", 1, 1, false, ("retention.ms", "1000")).ErrorCode);
        Assert.Equal("1000", controller.Image.ConfigsOf(ConfigResourceType.Topic, "good")["retention.ms"]);
        Assert.Equal(ErrorCode.InvalidConfig, (ErrorCode)controller.Create("bad", 1, 1, false, ("retention.ms", "soon")).ErrorCode);
        Assert.Equal(ErrorCode.InvalidConfig, (ErrorCode)controller.Create("worse", 1, 1, false, ("no.such", "1")).ErrorCode);
        Assert.Null(controller.Image.Topic("bad"));
    }

    [Fact]
    public void Settings_that_are_no_clients_business_are_for_controllers_that_allow_them()
    {
        var refused = new ControllerFixture().Create("small", 1, 1, false, ("internal.segment.bytes", "1000"));
        Assert.Equal((ErrorCode.InvalidConfig, "Unknown topic config name: internal.segment.bytes"), ((ErrorCode)refused.ErrorCode, refused.ErrorMessage));
        var controller = new ControllerFixture(new ControllerSettings { AllowsInternalConfigs = true });
        Assert.Equal(0, controller.Create("small", 1, 1, false, ("internal.segment.bytes", "1000")).ErrorCode);
        Assert.Equal("1000", controller.Image.ConfigsOf(ConfigResourceType.Topic, "small")["internal.segment.bytes"]);
    }

    [Fact]
    public void A_name_twice_in_a_request_is_refused_and_the_others_are_made()
    {
        var controller = new ControllerFixture();
        var topic = new CreateTopicsRequest.CreatableTopic { Name = "twice", NumPartitions = 1, ReplicationFactor = 1 };
        var response = controller.Decide<CreateTopicsResponse>(new CreateTopicsRequest
        {
            Topics = [topic, topic, new CreateTopicsRequest.CreatableTopic { Name = "once", NumPartitions = 1, ReplicationFactor = 1 }],
        });
        Assert.Equal(ErrorCode.InvalidRequest, (ErrorCode)response.Topics.Single(result => result.Name == "twice").ErrorCode);
        Assert.NotNull(controller.Image.Topic("once"));
    }

    [Fact]
    public void Manual_assignments_are_taken_as_given_and_checked()
    {
        var controller = new ControllerFixture(brokers: 3);
        CreateTopicsResponse.CreatableTopicResult Assign(string name, params int[][] brokers) =>
            controller.Decide<CreateTopicsResponse>(new CreateTopicsRequest
            {
                Topics =
                [
                    new CreateTopicsRequest.CreatableTopic
                    {
                        Name = name, NumPartitions = -1, ReplicationFactor = -1,
                        Assignments = [.. brokers.Select((ids, index) => new CreateTopicsRequest.CreatableReplicaAssignment { PartitionIndex = index, BrokerIds = [.. ids] })],
                    },
                ],
            }).Topics.Single();
        Assert.Equal(0, Assign("good", [3, 1], [2, 3]).ErrorCode);
        Assert.Equal(3, controller.Image.Topic("good")!.Partitions[0].Leader.Value);
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, (ErrorCode)Assign("a", [9]).ErrorCode);
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, (ErrorCode)Assign("b", [1, 1]).ErrorCode);
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, (ErrorCode)Assign("c", [1], [1, 2]).ErrorCode);
        Assert.Equal(ErrorCode.InvalidReplicaAssignment, (ErrorCode)Assign("d", Array.Empty<int>()).ErrorCode);
    }
}
