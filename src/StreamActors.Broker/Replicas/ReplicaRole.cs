namespace StreamActors.Broker.Replicas;

/// <summary>What a replica is at the moment. Given by the controller with a leader epoch; never taken.</summary>
public enum ReplicaRole
{
    /// <summary>Neither: its log cannot be read, or nobody has given it a role.</summary>
    Offline,

    /// <summary>Takes appends and serves reads.</summary>
    Leader,

    /// <summary>Copies its leader's log.</summary>
    Follower,
}
