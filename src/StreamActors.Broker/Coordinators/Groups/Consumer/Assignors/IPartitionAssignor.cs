using System.Collections.Immutable;

namespace StreamActors.Broker.Coordinators.Groups.Consumer.Assignors;

/// <summary>Says who shall have which partition. Pure: the same input gives the same answer in every process.</summary>
internal interface IPartitionAssignor
{
    /// <summary>What members and settings call it.</summary>
    string Name { get; }

    /// <summary>The target of each member, in the order of the members. Every partition that somebody subscribes to has exactly one owner.</summary>
    PartitionSet[] Assign(AssignmentInput input);
}

/// <param name="Members">In the order of their ids.</param>
/// <param name="Topics">All that somebody subscribes to and that exist, by id.</param>
internal sealed record AssignmentInput(ImmutableArray<AssignedMember> Members, IReadOnlyDictionary<Guid, AssignedTopic> Topics)
{
    /// <summary>Everybody subscribes to all of it, which is the common case and the easy one.</summary>
    public bool IsHomogeneous => Members.All(member => member.Topics.Length == Topics.Count);
}

/// <param name="Topics">The ids of existing topics that it subscribes to, in order and once each.</param>
/// <param name="Current">Its target so far.</param>
internal sealed record AssignedMember(string MemberId, string? InstanceId, string? Rack, ImmutableArray<Guid> Topics, PartitionSet Current);

/// <summary>A topic as an assignor sees it.</summary>
/// <param name="Racks">Of each partition's replicas; empty where brokers have no racks.</param>
internal sealed record AssignedTopic(Guid Id, string Name, int PartitionCount, ImmutableArray<ImmutableArray<string>> Racks)
{
    /// <summary>Whether a replica of the partition is near to the member.</summary>
    public bool IsNear(int partition, string? rack) => rack is not null && !Racks.IsEmpty && Racks[partition].Contains(rack);
}
