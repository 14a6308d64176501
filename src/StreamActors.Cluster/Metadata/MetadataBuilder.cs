using System.Collections.Immutable;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Cluster.Metadata;

/// <summary>
/// Applies stored records to an image. It is the only place that knows what a record means, for the controller, for replay
/// and for every node that follows; it cannot fail on a record that the controller decided, and throws on any other.
/// </summary>
public sealed class MetadataBuilder(MetadataImage image)
{
    private readonly ImmutableSortedDictionary<int, BrokerImage>.Builder brokers = image.Brokers.ToBuilder();
    private readonly ImmutableSortedDictionary<string, TopicImage>.Builder topics = image.Topics.ToBuilder();
    private readonly ImmutableDictionary<TopicId, TopicImage>.Builder topicsById = image.TopicsById.ToBuilder();
    private readonly ImmutableSortedDictionary<ConfigResource, ImmutableSortedDictionary<string, string>>.Builder configs = image.Configs.ToBuilder();
    private readonly Dictionary<TopicId, PartitionTable.Builder> tables = [];
    private readonly Dictionary<TopicId, List<int>?> changedTopics = [];
    private readonly List<TopicImage> deletedTopics = [];
    private readonly HashSet<int> changedBrokers = [];
    private readonly HashSet<ConfigResource> changedConfigs = [];
    private string clusterId = image.ClusterId;
    private long nextProducerId = image.NextProducerId;

    public MetadataBuilder Apply(IEnumerable<IRecordMessage> records)
    {
        foreach (var record in records) Apply(record);
        return this;
    }

    public void Apply(IRecordMessage record)
    {
        switch (record)
        {
            case ClusterRecord cluster: clusterId = cluster.ClusterId; break;
            case RegisterBrokerRecord registration: Apply(registration); break;
            case BrokerRegistrationChangeRecord change: Apply(change); break;
            case UnregisterBrokerRecord gone: Unregister(gone.BrokerId); break;
            case TopicRecord topic: Apply(topic); break;
            case PartitionRecord partition: Apply(partition); break;
            case PartitionChangeRecord change: Apply(change); break;
            case RemoveTopicRecord removal: Apply(removal); break;
            case ConfigRecord config: Apply(config); break;
            case ProducerIdsRecord producers: nextProducerId = producers.NextProducerId; break;
            case NoOpRecord: break;
            default: throw new InvalidOperationException($"A metadata record of an unknown kind: {record.GetType().Name}.");
        }
    }

    /// <summary>The image after all that was applied, as of the event <paramref name="sequence"/>, and the way to it.</summary>
    public (MetadataImage Image, MetadataDelta Delta) Build(long sequence)
    {
        foreach (var (id, table) in tables) Replace(topicsById[id] with { Partitions = table.Build() });
        tables.Clear();
        var built = image with
        {
            Sequence = sequence,
            ClusterId = clusterId,
            Brokers = brokers.ToImmutable(),
            Topics = topics.ToImmutable(),
            TopicsById = topicsById.ToImmutable(),
            Configs = configs.ToImmutable(),
            NextProducerId = nextProducerId,
        };
        var delta = new MetadataDelta(
            changedTopics.ToImmutableDictionary(entry => entry.Key, entry => entry.Value is null ? default : entry.Value.ToImmutableArray()),
            [.. deletedTopics],
            [.. changedBrokers],
            [.. changedConfigs]);
        return (built, delta);
    }

    private void Apply(RegisterBrokerRecord record)
    {
        // A new incarnation may have lost the unsynced end of its logs. What it leads goes on under a higher epoch, so that
        // whoever read the lost end can tell. What it has lost may be there again: if not, it says so.
        if (brokers.GetValueOrDefault(record.BrokerId)?.Incarnation != record.IncarnationId) LeadAgain(new BrokerId(record.BrokerId));
        brokers[record.BrokerId] = new BrokerImage(
            new BrokerId(record.BrokerId),
            record.IncarnationId,
            record.BrokerEpoch,
            [.. record.EndPoints.Select(point => new BrokerListener(point.Name, point.Host, point.Port, point.SecurityProtocol))],
            record.Rack,
            record.Fenced,
            [.. record.LogDirs]);
        changedBrokers.Add(record.BrokerId);
    }

    private void LeadAgain(BrokerId broker)
    {
        foreach (var topic in topicsById.Values.ToArray())
        {
            for (var index = 0; index < topic.Partitions.Count; index++)
            {
                var partition = topic.Partitions[index];
                if (partition.Leader != broker && !partition.IsLostOn(broker)) continue;
                partition = Table(topic.Id)[index];
                Change(topic.Id, index, partition with
                {
                    Leader = broker,
                    LeaderEpoch = new LeaderEpoch(partition.LeaderEpoch.Value + 1),
                    PartitionEpoch = partition.PartitionEpoch + 1,
                });
            }
        }
    }

    private void Apply(BrokerRegistrationChangeRecord record)
    {
        var broker = brokers[record.BrokerId];
        if (record.Fenced != 0) broker = broker with { Fenced = record.Fenced > 0 };
        if (record.LogDirs.Count > 0) broker = broker with { LogDirs = [.. record.LogDirs] };
        brokers[record.BrokerId] = broker;
        changedBrokers.Add(record.BrokerId);
    }

    private void Unregister(int broker)
    {
        brokers.Remove(broker);
        changedBrokers.Add(broker);
    }

    private void Apply(TopicRecord record)
    {
        var topic = new TopicImage(new TopicId(record.TopicId), record.Name, PartitionTable.Empty);
        topics.Add(topic.Name, topic);
        topicsById.Add(topic.Id, topic);
        changedTopics[topic.Id] = null;
    }

    private void Apply(PartitionRecord record)
    {
        var id = new TopicId(record.TopicId);
        var table = Table(id);
        if (record.PartitionId != table.Count)
            throw new InvalidOperationException($"Partition {record.PartitionId} of {id} follows {table.Count} partitions.");
        var replicas = ReplicaSets.Of(record.Replicas);
        table.Add(new PartitionImage(
            replicas,
            ReplicaSets.OfOr(replicas, record.Isr),
            new BrokerId(record.Leader),
            new LeaderEpoch(record.LeaderEpoch),
            record.PartitionEpoch));
        Touch(id, record.PartitionId);
    }

    private void Apply(PartitionChangeRecord record)
    {
        var id = new TopicId(record.TopicId);
        var partition = Table(id)[record.PartitionId];
        if (record.Replicas is { } replicas) partition = partition with { Replicas = ReplicaSets.OfOr(partition.Replicas, replicas) };
        if (record.Isr is { } isr) partition = partition with { InSyncReplicas = ReplicaSets.OfOr(partition.Replicas, isr) };
        if (record.Leader != NoLeaderChange)
        {
            partition = partition with { Leader = new BrokerId(record.Leader), LeaderEpoch = new LeaderEpoch(partition.LeaderEpoch.Value + 1) };
        }

        Change(id, record.PartitionId, partition with { PartitionEpoch = partition.PartitionEpoch + 1 });
    }

    private void Apply(RemoveTopicRecord record)
    {
        var id = new TopicId(record.TopicId);
        var topic = topicsById[id];
        if (tables.Remove(id, out var table)) topic = topic with { Partitions = table.Build() };
        topics.Remove(topic.Name);
        topicsById.Remove(id);
        changedTopics.Remove(id);
        deletedTopics.Add(topic);
        if (configs.Remove(new ConfigResource(ConfigResourceType.Topic, topic.Name)))
            changedConfigs.Add(new ConfigResource(ConfigResourceType.Topic, topic.Name));
    }

    private void Apply(ConfigRecord record)
    {
        var resource = new ConfigResource((ConfigResourceType)record.ResourceType, record.ResourceName);
        var known = configs.GetValueOrDefault(resource) ?? MetadataImage.NoConfigs;
        var changed = record.Value is { } value ? known.SetItem(record.Name, value) : known.Remove(record.Name);
        if (changed.IsEmpty) configs.Remove(resource);
        else configs[resource] = changed;
        changedConfigs.Add(resource);
    }

    private const int NoLeaderChange = -2;

    private PartitionTable.Builder Table(TopicId id)
    {
        if (tables.TryGetValue(id, out var table)) return table;
        table = topicsById[id].Partitions.ToBuilder();
        tables.Add(id, table);
        return table;
    }

    private void Change(TopicId id, int index, PartitionImage partition)
    {
        Table(id)[index] = partition;
        Touch(id, index);
    }

    private void Touch(TopicId id, int index)
    {
        if (!changedTopics.TryGetValue(id, out var indexes)) changedTopics.Add(id, indexes = []);
        indexes?.Add(index);
    }

    private void Replace(TopicImage topic)
    {
        topics[topic.Name] = topic;
        topicsById[topic.Id] = topic;
    }
}
