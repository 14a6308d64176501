using Akka.Actor;

namespace StreamActors.Cluster.Serialization;

/// <summary>
/// A message that may cross from node to node. The list is closed (<see cref="ControlMessageTypes"/>); members are numbers,
/// strings, byte arrays: ids and values, never live objects.
/// </summary>
public interface IControlMessage;

/// <summary>A message that must stay on its node, since it carries live objects. Serializing one is refused.</summary>
public interface ILocalMessage : INoSerializationVerificationNeeded;

/// <summary>A request to the controller, as the bytes of the Kafka message of that key and version.</summary>
/// <param name="Id">Chosen by the sender; the answer repeats it.</param>
public sealed record ControllerRequest(long Id, short ApiKey, short ApiVersion, byte[] Body) : IControlMessage;

/// <summary>The controller's answer to the request of that id: an error code of the protocol, or the response's bytes.</summary>
/// <param name="Sequence">The last event when it answered: a broker that has it knows all that the answer tells of.</param>
public sealed record ControllerReply(long Id, short Error, byte[] Body, long Sequence) : IControlMessage;

/// <summary>
/// A broker wants the events after <paramref name="AfterSequence"/>, and says which cluster it belongs to (empty for none yet).
/// Sent again at intervals; it is also how a broker notices that the controller moved.
/// </summary>
public sealed record FollowMetadata(int BrokerId, string ClusterId, long AfterSequence) : IControlMessage;

/// <summary>The controller has nothing newer than <paramref name="Sequence"/> for that broker, and sends what comes.</summary>
public sealed record FollowAccepted(long Sequence) : IControlMessage;

/// <summary>The controller will not serve that broker: it belongs to another cluster.</summary>
public sealed record FollowRefused(string Reason) : IControlMessage;

/// <summary>One part of an event, or of a snapshot that replaces all before it. Parts are below a remote frame's size.</summary>
/// <param name="Sequence">The event's number, or the last one that the snapshot contains.</param>
public sealed record MetadataPart(long Sequence, bool IsSnapshot, int Part, int Parts, byte[] Records) : IControlMessage;

/// <summary>Asks a replica, on whatever node it is pinned to, how it is; it is woken by that.</summary>
public sealed record DescribeReplica(long Id) : IControlMessage;

/// <summary>How a replica is.</summary>
public sealed record ReplicaDescription(long Id, int BrokerId, int LeaderEpoch, long LogStartOffset, long HighWatermark, long LogEndOffset) : IControlMessage;

/// <summary>A message on its way through the region to the replica of a partition on a broker. What it carries is on the list too, or stays on the node.</summary>
public sealed record ReplicaEnvelope(int BrokerId, Guid TopicId, int Partition, object Message) : IControlMessage;

/// <summary>The closed list. Adding to it is a decision; a test holds it against the assembly.</summary>
public static class ControlMessageTypes
{
    public static readonly IReadOnlyList<Type> All =
    [
        typeof(ControllerRequest),
        typeof(ControllerReply),
        typeof(FollowMetadata),
        typeof(FollowAccepted),
        typeof(FollowRefused),
        typeof(MetadataPart),
        typeof(DescribeReplica),
        typeof(ReplicaDescription),
        typeof(ReplicaEnvelope),
    ];
}
