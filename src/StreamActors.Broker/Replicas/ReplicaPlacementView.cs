using StreamActors.Protocol;
using StreamActors.Storage;

namespace StreamActors.Broker.Replicas;

/// <summary>What the image says of a replica of this broker: its topic, role, epoch, and the topic's settings.</summary>
internal sealed record ReplicaPlacementView(TopicIdPartition Id, string Topic, ReplicaRole Role, LeaderEpoch Epoch, LogConfig Config)
{
    /// <summary>
    /// Whether it cannot have had data when this process started: a new incarnation of a broker leads what it had under a higher epoch.
    /// </summary>
    public bool IsNew => Role == ReplicaRole.Leader && Epoch.Value == 0;
}
