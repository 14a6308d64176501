using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Records;
using StreamActors.Protocol.Wire;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>What consumers of the classic protocol tell each other, for groups that have members of both.</summary>
internal static class ConsumerProtocol
{
    public const string Type = "consumer";

    /// <summary>Topics that do not exist any more are left out. Null where it cannot be read.</summary>
    public static PartitionSet? TryReadAssignment(ReadOnlyMemory<byte> assignment, MetadataImage image) =>
        EmbeddedProtocol.TryReadAssignment(assignment) is { } read ? ById(read.AssignedPartitions.Select(topic => (topic.Topic, topic.Partitions)), image) : null;

    public static PartitionSet OwnedBy(ConsumerProtocolSubscription subscription, MetadataImage image) =>
        ById(subscription.OwnedPartitions.Select(topic => (topic.Topic, topic.Partitions)), image);

    /// <summary>An assignment as a member reads it, in the version of its own subscription.</summary>
    public static byte[] WriteAssignment(PartitionSet partitions, ReadOnlyMemory<byte> subscription, MetadataImage image)
    {
        var version = Math.Clamp(VersionOf(subscription), (short)0, ConsumerProtocolAssignment.HighestVersion);
        var message = new ConsumerProtocolAssignment();
        foreach (var topic in partitions.Topics)
        {
            if (image.Topic(new TopicId(topic.Id)) is { } known)
                message.AssignedPartitions.Add(new ConsumerProtocolAssignment.TopicPartition { Topic = known.Name, Partitions = [.. topic.Partitions] });
        }

        return GroupRecordCodec.Prefixed(version, message, version);
    }

    private static short VersionOf(ReadOnlyMemory<byte> metadata) => metadata.Length < sizeof(short) ? (short)0 : new WireReader(metadata).ReadInt16();

    private static PartitionSet ById(IEnumerable<(string Topic, List<int> Partitions)> topics, MetadataImage image) =>
        PartitionSet.Of(topics.Where(topic => image.Topic(topic.Topic) is not null).Select(topic => (image.Topic(topic.Topic)!.Id.Value, topic.Partitions.AsEnumerable())));
}
