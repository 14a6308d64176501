using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;

namespace StreamActors.Simulation.Groups;

/// <summary>Topics that grow, for groups to subscribe to.</summary>
internal sealed class TopicsOfGroups : IMetadataView
{
    public MetadataImage Current { get; private set; } = MetadataImage.Empty;

    public int Partitions(string name) => Current.Topic(name)?.Partitions.Count ?? 0;

    public void Set(string name, int partitions)
    {
        var table = PartitionTable.Empty.ToBuilder();
        for (var index = 0; index < partitions; index++) table.Add(new PartitionImage([1], [1], new BrokerId(1), new LeaderEpoch(0), 0));
        var id = Current.Topic(name)?.Id ?? new TopicId(new Guid(Current.Topics.Count + 1, 0, 0, new byte[8]));
        var topic = new TopicImage(id, name, table.Build());
        Current = Current with
        {
            Sequence = Current.Sequence + 1,
            Topics = Current.Topics.SetItem(name, topic),
            TopicsById = Current.TopicsById.SetItem(id, topic),
        };
    }
}
