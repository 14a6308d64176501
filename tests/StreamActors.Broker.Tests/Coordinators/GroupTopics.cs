using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;

namespace StreamActors.Broker.Tests.Coordinators;

/// <summary>Metadata of topics, and brokers in racks, for groups to subscribe to.</summary>
internal sealed class GroupTopics : IMetadataView
{
    public MetadataImage Current { get; private set; } = MetadataImage.Empty;

    public Guid Id(string topic) => Current.Topic(topic)!.Id.Value;

    /// <summary>A new topic, or one with more partitions. Partition n is on broker n modulo the number of brokers.</summary>
    public GroupTopics Set(string name, int partitions)
    {
        var table = PartitionTable.Empty.ToBuilder();
        var brokers = Math.Max(Current.Brokers.Count, 1);
        for (var index = 0; index < partitions; index++)
            table.Add(new PartitionImage([index % brokers], [index % brokers], new BrokerId(index % brokers), new LeaderEpoch(0), 0));
        var id = Current.Topic(name)?.Id ?? new TopicId(new Guid((int)Current.Sequence + 1, 7, 7, new byte[8]));
        var topic = new TopicImage(id, name, table.Build());
        Current = Current with
        {
            Sequence = Current.Sequence + 1,
            Topics = Current.Topics.SetItem(name, topic),
            TopicsById = Current.TopicsById.SetItem(id, topic),
        };
        return this;
    }

    public GroupTopics Delete(string name)
    {
        Current = Current with
        {
            Sequence = Current.Sequence + 1,
            Topics = Current.Topics.Remove(name),
            TopicsById = Current.TopicsById.Remove(Current.Topic(name)!.Id),
        };
        return this;
    }

    public GroupTopics AddBrokers(params string[] racks)
    {
        for (var id = 0; id < racks.Length; id++)
        {
            var broker = new BrokerImage(new BrokerId(id), new Guid(id, 1, 1, new byte[8]), 1, [], racks[id], false, []);
            Current = Current with { Sequence = Current.Sequence + 1, Brokers = Current.Brokers.SetItem(id, broker) };
        }

        return this;
    }
}
