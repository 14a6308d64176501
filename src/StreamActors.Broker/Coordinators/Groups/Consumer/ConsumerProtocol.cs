using System.Collections.Immutable;
using StreamActors.Cluster.Metadata;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>What consumers of the classic protocol tell each other, for groups that have members of both.</summary>
internal static class ConsumerProtocol
{
    public const string Type = "consumer";

    /// <summary>Null where it cannot be read.</summary>
    public static ConsumerProtocolSubscription? TryReadSubscription(ReadOnlyMemory<byte> metadata) =>
        TryRead(metadata, ConsumerProtocolSubscription.HighestVersion, ConsumerProtocolSubscription.Read);

    /// <summary>By the names of topics; nothing where it cannot be read.</summary>
    public static List<ConsumerProtocolAssignment.TopicPartition> ReadAssignment(ReadOnlyMemory<byte> assignment) => assignment.IsEmpty ? []
        : TryRead(assignment, ConsumerProtocolAssignment.HighestVersion, ConsumerProtocolAssignment.Read)?.AssignedPartitions ?? [];

    /// <summary>Topics that do not exist any more are left out. Null where it cannot be read; nothing at all is no partitions.</summary>
    public static PartitionSet? TryReadAssignment(ReadOnlyMemory<byte> assignment, MetadataImage image)
    {
        if (assignment.IsEmpty) return PartitionSet.Empty;
        return TryRead(assignment, ConsumerProtocolAssignment.HighestVersion, ConsumerProtocolAssignment.Read) is { } read
            ? ById(read.AssignedPartitions.Select(topic => (topic.Topic, topic.Partitions)), image)
            : null;
    }

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

    private delegate T Reading<T>(ref WireReader reader, short version);

    private static T? TryRead<T>(ReadOnlyMemory<byte> bytes, short highest, Reading<T> read)
        where T : class
    {
        try
        {
            var reader = new WireReader(bytes);
            var version = reader.ReadInt16();
            // A newer one begins as the last that is known.
            return version < 0 ? null : read(ref reader, Math.Min(version, highest));
        }
        catch (WireFormatException)
        {
            return null;
        }
    }

    private static PartitionSet ById(IEnumerable<(string Topic, List<int> Partitions)> topics, MetadataImage image) =>
        PartitionSet.Of(topics.Where(topic => image.Topic(topic.Topic) is not null).Select(topic => (image.Topic(topic.Topic)!.Id.Value, topic.Partitions.AsEnumerable())));
}
