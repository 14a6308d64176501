using System.Collections.Immutable;
using StreamActors.Protocol;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>
/// The members of a group and its rules: who leads, which protocol they have in common, which generation it is. It tells
/// nobody anything: <see cref="GroupRebalance"/> does.
/// </summary>
internal sealed class ClassicGroup(string id)
{
    private readonly OrderedDictionary<string, GroupMember> members = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> staticMembers = new(StringComparer.Ordinal);

    public string Id => id;

    public GroupState State { get; private set; } = GroupState.Empty;

    public GroupState PreviousState { get; private set; } = GroupState.Dead;

    public TimestampMs StateTimestamp { get; private set; } = TimestampMs.None;

    public int Generation { get; private set; }

    /// <summary>Null until somebody joined: such a group only keeps offsets.</summary>
    public string? ProtocolType { get; private set; }

    public string? Protocol { get; private set; }

    public string? Leader { get; private set; }

    public OrderedDictionary<string, GroupMember>.ValueCollection Members => members.Values;

    public int Count => members.Count;

    /// <summary>Member ids that were given out and not used yet (KIP-394), and when they are void.</summary>
    public Dictionary<string, TimestampMs> PendingJoins { get; } = new(StringComparer.Ordinal);

    /// <summary>Members that have not sent SyncGroup in this generation.</summary>
    public HashSet<string> PendingSyncs { get; } = new(StringComparer.Ordinal);

    /// <summary>When to stop waiting for members to join; only while preparing.</summary>
    public TimestampMs? JoinDeadline { get; set; }

    /// <summary>When to stop waiting for members to sync.</summary>
    public TimestampMs? SyncDeadline { get; set; }

    /// <summary>How much longer the first rebalance may be delayed, after <see cref="JoinDeadline"/>.</summary>
    public int InitialDelayLeftMs { get; set; }

    /// <summary>Somebody came while the first rebalance was delayed: delay it again.</summary>
    public bool NewMemberAdded { get; set; }

    public bool IsInInitialDelay => State == GroupState.PreparingRebalance && PreviousState == GroupState.Empty;

    public bool HasAllJoined => PendingJoins.Count == 0 && members.Values.All(member => member.IsAwaitingJoin);

    public bool UsesConsumerProtocol => ProtocolType == "consumer";

    public int RebalanceTimeoutMs => members.Count == 0 ? 0 : members.Values.Max(member => member.RebalanceTimeoutMs);

    public GroupMember? Member(string memberId) => members.GetValueOrDefault(memberId);

    public string? StaticMemberId(string instanceId) => staticMembers.GetValueOrDefault(instanceId);

    public bool Leads(GroupMember member) => member.MemberId == Leader;

    public static ClassicGroup Restore(string id, StoredGroup stored)
    {
        var group = new ClassicGroup(id)
        {
            State = stored.Members.IsEmpty ? GroupState.Empty : GroupState.Stable,
            StateTimestamp = stored.StateTimestamp,
            Generation = stored.Generation,
            ProtocolType = stored.ProtocolType.Length == 0 ? null : stored.ProtocolType,
            Protocol = stored.Protocol,
        };
        foreach (var member in stored.Members)
        {
            group.Insert(new GroupMember(member.MemberId, member.InstanceId, member.ClientId, member.ClientHost)
            {
                RebalanceTimeoutMs = member.RebalanceTimeoutMs,
                SessionTimeoutMs = member.SessionTimeoutMs,
                Protocols = stored.Protocol is { } protocol ? [new GroupProtocol(protocol, member.Subscription)] : [],
                Assignment = member.Assignment,
            });
        }

        if (stored.Leader is { } leader && group.Member(leader) is not null) group.Leader = leader;
        return group;
    }

    public StoredGroup Store() => new(
        ProtocolType ?? "", Generation, Protocol, Leader, StateTimestamp, [.. members.Values.Select(member => member.Store(Protocol))]);

    public void MoveTo(GroupState state, TimestampMs now)
    {
        PreviousState = State;
        State = state;
        StateTimestamp = now;
    }

    public void Add(GroupMember member, string protocolType)
    {
        if (members.Count == 0) ProtocolType = protocolType;
        PendingJoins.Remove(member.MemberId);
        Insert(member);
    }

    public void Remove(GroupMember member)
    {
        members.Remove(member.MemberId);
        PendingSyncs.Remove(member.MemberId);
        if (member.InstanceId is { } instance && staticMembers.GetValueOrDefault(instance) == member.MemberId) staticMembers.Remove(instance);
        if (Leads(member)) Leader = members.Count == 0 ? null : members.GetAt(0).Key;
    }

    /// <summary>A static member is back under a new id: it takes the place of the old one, leadership and assignment too.</summary>
    public GroupMember Replace(GroupMember old, string newMemberId, string clientId, string clientHost)
    {
        var member = new GroupMember(newMemberId, old.InstanceId, clientId, clientHost)
        {
            RebalanceTimeoutMs = old.RebalanceTimeoutMs,
            SessionTimeoutMs = old.SessionTimeoutMs,
            Protocols = old.Protocols,
            Assignment = old.Assignment,
            IsNew = old.IsNew,
        };
        var led = Leads(old);
        if (PendingSyncs.Remove(old.MemberId)) PendingSyncs.Add(newMemberId);
        members.Remove(old.MemberId);
        Insert(member);
        if (led) Leader = newMemberId;
        return member;
    }

    /// <summary>Whether a member with these protocols can be in the group: there must be one that all have.</summary>
    public bool Supports(string protocolType, ImmutableArray<GroupProtocol> protocols)
    {
        if (State == GroupState.Empty) return protocolType.Length > 0 && !protocols.IsEmpty;
        return protocolType == ProtocolType && protocols.Any(protocol => IsOfferedByAll(protocol.Name));
    }

    /// <summary>Each member votes for the first of its protocols that all have; the most votes win, and of equals the first voted for.</summary>
    public string? SelectProtocol()
    {
        var votes = new OrderedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var member in members.Values)
        {
            foreach (var protocol in member.Protocols)
            {
                if (!IsOfferedByAll(protocol.Name)) continue;
                votes[protocol.Name] = votes.GetValueOrDefault(protocol.Name) + 1;
                break;
            }
        }

        return votes.Count == 0 ? null : votes.MaxBy(vote => vote.Value).Key;
    }

    /// <summary>A leader that did not join again is replaced by a member that did; false where there is none.</summary>
    public bool ElectLeader()
    {
        if (Leader is null || Member(Leader) is not { } leader) return false;
        if (leader.IsAwaitingJoin) return true;
        if (members.Values.FirstOrDefault(member => member.IsAwaitingJoin) is not { } joined) return false;
        Leader = joined.MemberId;
        return true;
    }

    public void BeginGeneration(TimestampMs now)
    {
        Generation++;
        PendingSyncs.Clear();
        Protocol = SelectProtocol();
        MoveTo(members.Count == 0 ? GroupState.Empty : GroupState.CompletingRebalance, now);
    }

    /// <summary>The first moment at which time alone changes something.</summary>
    public TimestampMs? NextDeadline()
    {
        var next = Earlier(JoinDeadline, SyncDeadline);
        foreach (var deadline in PendingJoins.Values) next = Earlier(next, deadline);
        foreach (var member in members.Values) next = Earlier(next, member.SessionDeadline);
        return next;
    }

    private static TimestampMs? Earlier(TimestampMs? left, TimestampMs? right)
    {
        if (left is not { } one) return right;
        return right is { } other && other.Value < one.Value ? right : left;
    }

    private bool IsOfferedByAll(string protocol) => members.Values.All(member => member.Protocols.Any(each => each.Name == protocol));

    private void Insert(GroupMember member)
    {
        members[member.MemberId] = member;
        if (member.InstanceId is { } instance) staticMembers[instance] = member.MemberId;
        Leader ??= member.MemberId;
    }
}
