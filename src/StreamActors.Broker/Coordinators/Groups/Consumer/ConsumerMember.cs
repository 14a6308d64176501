using System.Collections.Immutable;

namespace StreamActors.Broker.Coordinators.Groups.Consumer;

/// <summary>How far a member has come from its assignment to its target (KIP-848); the numbers are stored.</summary>
internal enum MemberState : sbyte
{
    /// <summary>It has all that it shall have of its epoch.</summary>
    Stable = 0,

    /// <summary>It has to give partitions back before it may go to the next epoch.</summary>
    UnrevokedPartitions = 1,

    /// <summary>It is in the target's epoch, and waits for partitions that others have not given back yet.</summary>
    UnreleasedPartitions = 2,

    /// <summary>A state that a later version has stored.</summary>
    Unknown = 127,
}

/// <summary>What a member has said of itself; null in the log when it is gone.</summary>
/// <param name="Topics">Names that it subscribes to, in order and once each.</param>
/// <param name="Regex">A pattern that it subscribes to, matched by the broker; null for none.</param>
/// <param name="Classic">Set where the member speaks the classic protocol, while the group is changing from one to the other.</param>
internal sealed record MemberMetadata(
    string? InstanceId,
    string? RackId,
    string ClientId,
    string ClientHost,
    ImmutableArray<string> Topics,
    string? Regex,
    int RebalanceTimeoutMs,
    string? ServerAssignor,
    ClassicMembership? Classic)
{
    public static readonly MemberMetadata Nothing = new(null, null, "", "", [], null, -1, null, null);

    /// <summary>Of a member that speaks the classic protocol.</summary>
    public static MemberMetadata OfClassic(
        string? instanceId, string? rackId, string clientId, string clientHost, IEnumerable<string> topics, int rebalanceTimeoutMs, ClassicMembership classic) =>
        new(instanceId, rackId, clientId, clientHost, Names(topics), null, rebalanceTimeoutMs, null, classic);

    /// <summary>In order and once each.</summary>
    public static ImmutableArray<string> Names(IEnumerable<string> topics) => [.. topics.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    public bool SubscribesAs(MemberMetadata other) => Regex == other.Regex && Topics.AsSpan().SequenceEqual(other.Topics.AsSpan());

    public bool Equals(MemberMetadata? other) =>
        other is not null && InstanceId == other.InstanceId && RackId == other.RackId && ClientId == other.ClientId && ClientHost == other.ClientHost
        && RebalanceTimeoutMs == other.RebalanceTimeoutMs && ServerAssignor == other.ServerAssignor && SubscribesAs(other) && Equals(Classic, other.Classic);

    public override int GetHashCode() => HashCode.Combine(InstanceId, ClientId, ClientHost, Regex, Topics.Length);
}

/// <summary>What a member of the classic protocol offers in JoinGroup.</summary>
internal sealed record ClassicMembership(int SessionTimeoutMs, ImmutableArray<GroupProtocol> Protocols)
{
    public bool Equals(ClassicMembership? other)
    {
        if (other is null || other.SessionTimeoutMs != SessionTimeoutMs || other.Protocols.Length != Protocols.Length) return false;
        for (var index = 0; index < Protocols.Length; index++)
        {
            if (Protocols[index].Name != other.Protocols[index].Name) return false;
            if (!Protocols[index].Metadata.Span.SequenceEqual(other.Protocols[index].Metadata.Span)) return false;
        }

        return true;
    }

    public override int GetHashCode() => HashCode.Combine(SessionTimeoutMs, Protocols.Length);
}

/// <summary>What a member has, and in which epoch.</summary>
/// <param name="PreviousEpoch">A member that did not hear of its epoch comes with this one again.</param>
/// <param name="Assigned">What it may use, or is about to hear that it may.</param>
/// <param name="Revoking">What it has to give back; nobody else gets it before it says that it has.</param>
internal sealed record MemberAssignment(int Epoch, int PreviousEpoch, MemberState State, PartitionSet Assigned, PartitionSet Revoking)
{
    public static readonly MemberAssignment None = new(0, 0, MemberState.Stable, PartitionSet.Empty, PartitionSet.Empty);

    /// <summary>What a static member leaves to the one that takes its place: all that it has, and nothing to give back any more.</summary>
    public MemberAssignment HandedOver => this with { Epoch = 0, PreviousEpoch = 0, State = MemberState.Stable, Revoking = PartitionSet.Empty };

    /// <summary>In which epoch each partition came to the member; those that are not here, in its present one.</summary>
    public ImmutableDictionary<(Guid Topic, int Partition), int> Since { get; init; } = ImmutableDictionary<(Guid Topic, int Partition), int>.Empty;

    public int SinceOf(Guid topic, int partition) => Since.GetValueOrDefault((topic, partition), Epoch);

    /// <summary>Since when it has what it has follows from the rest.</summary>
    public bool Equals(MemberAssignment? other) =>
        other is not null && Epoch == other.Epoch && PreviousEpoch == other.PreviousEpoch && State == other.State && Assigned.Equals(other.Assigned) && Revoking.Equals(other.Revoking);

    public override int GetHashCode() => HashCode.Combine(Epoch, PreviousEpoch, State, Assigned, Revoking);

    public MemberAssignment At(int epoch) => epoch == Epoch ? this : this with { Epoch = epoch, PreviousEpoch = Epoch };
}

/// <summary>A member of a consumer group. Immutable: records make another one.</summary>
internal sealed record ConsumerMember(string MemberId, MemberMetadata Metadata, MemberAssignment Assignment)
{
    /// <summary>In this epoch are static members that are away and will be back (KIP-848).</summary>
    public const int AwayEpoch = -2;

    public bool IsClassic => Metadata.Classic is not null;

    public int Epoch => Assignment.Epoch;

    public bool HasReached(int targetEpoch) => Assignment.State == MemberState.Stable && Epoch == targetEpoch;
}
