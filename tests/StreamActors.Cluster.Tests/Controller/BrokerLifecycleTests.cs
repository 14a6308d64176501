using StreamActors.Cluster.Controller;
using StreamActors.Cluster.Journal;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Cluster.Tests.Controller;

public class BrokerLifecycleTests
{
    [Fact]
    public void A_fenced_broker_leads_nothing_until_it_returns()
    {
        var controller = new ControllerFixture(brokers: 2);
        controller.Create("orders", 2);
        controller.Apply(BrokerLifecycle.Fence(controller.Image, new BrokerId(1), fenced: true));
        Assert.Equal([2, -1], Leaders(controller).OrderDescending());
        Assert.Empty(BrokerLifecycle.Fence(controller.Image, new BrokerId(1), fenced: true));
        controller.Apply(BrokerLifecycle.Fence(controller.Image, new BrokerId(1), fenced: false));
        Assert.Equal([2, 1], Leaders(controller).OrderDescending());
    }

    [Fact]
    public void A_new_incarnation_leads_under_a_higher_epoch()
    {
        var controller = new ControllerFixture(brokers: 2);
        controller.Create("orders", 2);
        var before = Epochs(controller);
        var epoch = controller.Register(1, incarnation: Guid.NewGuid());
        Assert.Equal(controller.Image.Sequence, epoch);
        var after = Epochs(controller);
        var led = Enumerable.Range(0, 2).Single(index => controller.Image.Topic("orders")!.Partitions[index].Leader.Value == 1);
        Assert.Equal(before[led] + 1, after[led]);
        Assert.Equal(before[1 - led], after[1 - led]);
        Assert.Equal([led], controller.LastDelta.Topics.Values.Single().ToArray());
    }

    [Fact]
    public void The_same_incarnation_asking_again_keeps_its_epoch()
    {
        var controller = new ControllerFixture(brokers: 0);
        var incarnation = Guid.NewGuid();
        var first = controller.Register(1, incarnation: incarnation);
        Assert.Equal(first, controller.Register(1, incarnation: incarnation));
    }

    [Fact]
    public void A_broker_of_another_cluster_is_refused()
    {
        var controller = new ControllerFixture();
        var response = controller.Decide<BrokerRegistrationResponse>(new BrokerRegistrationRequest { BrokerId = 2, ClusterId = "another" });
        Assert.Equal(ErrorCode.InconsistentClusterId, (ErrorCode)response.ErrorCode);
    }

    [Fact]
    public void A_snapshot_makes_the_same_image()
    {
        var controller = new ControllerFixture(brokers: 3, rack: id => $"r{id}");
        controller.Create("orders", 700, 2, false, ("retention.ms", "5"));
        controller.Create("payments", 3);
        controller.Decide<AllocateProducerIdsResponse>(new AllocateProducerIdsRequest { BrokerId = 1, BrokerEpoch = controller.Image.Brokers[1].Epoch });
        var bytes = MetadataRecordCodec.Encode([.. MetadataSnapshot.Records(controller.Image)]);
        var again = new MetadataBuilder(MetadataImage.Empty).Apply(MetadataRecordCodec.Decode(bytes)).Build(controller.Image.Sequence).Image;
        Assert.Equal(bytes, MetadataRecordCodec.Encode([.. MetadataSnapshot.Records(again)]));
        Assert.Equal(controller.Image.Sequence, again.Sequence);
        Assert.Equal(controller.Image.NextProducerId, again.NextProducerId);
        Assert.Equal(controller.Image.Topic("orders")!.Partitions[699].Replicas.ToArray(), again.Topic("orders")!.Partitions[699].Replicas.ToArray());
    }

    private static List<int> Leaders(ControllerFixture controller)
    {
        var topic = controller.Image.Topic("orders")!;
        return [.. Enumerable.Range(0, topic.Partitions.Count).Select(index => controller.Image.LeaderOf(topic.Partitions[index]).Value)];
    }

    private static List<int> Epochs(ControllerFixture controller)
    {
        var topic = controller.Image.Topic("orders")!;
        return [.. Enumerable.Range(0, topic.Partitions.Count).Select(index => topic.Partitions[index].LeaderEpoch.Value)];
    }
}
