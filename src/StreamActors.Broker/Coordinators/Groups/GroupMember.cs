using System.Collections.Immutable;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Coordinators.Groups;

/// <summary>A way to assign partitions that a member offers, with what it has to say to the leader in it.</summary>
internal readonly record struct GroupProtocol(string Name, ReadOnlyMemory<byte> Metadata)
{
    public static ImmutableArray<GroupProtocol> Of(JoinGroupRequest request) =>
        [.. request.Protocols.Select(protocol => new GroupProtocol(protocol.Name, protocol.Metadata))];
}

/// <summary>A member of a classic group, and what it is waiting for.</summary>
internal sealed class GroupMember(string memberId, string? instanceId, string clientId, string clientHost)
{
    public string MemberId => memberId;

    /// <summary>Given to a static member by its operator (KIP-345); null for a dynamic one.</summary>
    public string? InstanceId => instanceId;

    public string ClientId => clientId;

    public string ClientHost => clientHost;

    public int RebalanceTimeoutMs { get; set; }

    public int SessionTimeoutMs { get; set; }

    /// <summary>In the order of the member's preference.</summary>
    public ImmutableArray<GroupProtocol> Protocols { get; set; } = [];

    public ReadOnlyMemory<byte> Assignment { get; set; }

    /// <summary>Its JoinGroup that waits for a generation.</summary>
    public CallId? Join { get; set; }

    /// <summary>Its SyncGroup that waits for the leader's assignment.</summary>
    public CallId? Sync { get; set; }

    /// <summary>It was never told of a generation, so it does not send heartbeats yet.</summary>
    public bool IsNew { get; set; }

    public TimestampMs? SessionDeadline { get; private set; }

    /// <summary>When it last sent anything that shows that it lives; for a member out of the log, when the log was read.</summary>
    public TimestampMs? LastHeard { get; private set; }

    public bool IsStatic => instanceId is not null;

    public bool IsAwaitingJoin => Join is not null;

    /// <summary>A member that waits for the coordinator cannot be late; a new one can, since nobody sees it disconnect.</summary>
    public bool IsExcused => !IsNew && (Join is not null || Sync is not null);

    public void Touch(TimestampMs now, int newMemberTimeoutMs)
    {
        SessionDeadline = new TimestampMs(now.Value + (IsNew ? newMemberTimeoutMs : SessionTimeoutMs));
        LastHeard = now;
    }

    /// <summary>No deadline until it is touched again.</summary>
    public void Excuse() => SessionDeadline = null;

    public ReadOnlyMemory<byte> MetadataOf(string? protocol)
    {
        foreach (var each in Protocols)
        {
            if (each.Name == protocol) return each.Metadata;
        }

        return ReadOnlyMemory<byte>.Empty;
    }

    public bool Offers(ImmutableArray<GroupProtocol> protocols)
    {
        if (Protocols.Length != protocols.Length) return false;
        for (var index = 0; index < protocols.Length; index++)
        {
            if (Protocols[index].Name != protocols[index].Name) return false;
            if (!Protocols[index].Metadata.Span.SequenceEqual(protocols[index].Metadata.Span)) return false;
        }

        return true;
    }

    public StoredMember Store(string? protocol) => new(
        MemberId, InstanceId, ClientId, ClientHost, RebalanceTimeoutMs, SessionTimeoutMs, MetadataOf(protocol), Assignment);
}
