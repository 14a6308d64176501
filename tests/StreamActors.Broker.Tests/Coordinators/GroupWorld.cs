using System.Text;
using StreamActors.Broker.Coordinators;
using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Broker.Tests.Coordinators;

/// <summary>A shard of groups under a clock of its own, with all of its records as bytes.</summary>
internal sealed class GroupWorld
{
    public const string GroupId = "g";

    private readonly Dictionary<CallId, object> answers = [];
    private readonly List<(byte[] Key, byte[]? Value)> log = [];
    private int uuids;
    private long calls;

    public GroupWorld(GroupSettings? settings = null)
    {
        Settings = settings ?? new GroupSettings();
        Shard = NewShard();
        Shard.Loaded(Now);
    }

    public GroupSettings Settings { get; }

    public GroupTopics Topics { get; } = new();

    public GroupShard Shard { get; private set; }

    public TimestampMs Now { get; private set; } = new(1_000_000);

    public int RecordCount => log.Count;

    public GroupState State => Shard.Find(GroupId)?.Members.State ?? GroupState.Dead;

    public int Generation => Shard.Find(GroupId)!.Members.Generation;

    public CallId Send(IRequestMessage request, short? version = null, string client = "c")
    {
        var call = new CallId(++calls);
        Carry(Shard.Decide(new GroupCommand(call, request, new RequestOrigin(client, "/127.0.0.1", version ?? 9)), Now));
        return call;
    }

    /// <summary>Sends what is answered at once.</summary>
    public TResponse Ask<TResponse>(IRequestMessage request, short? version = null, string client = "c")
        where TResponse : class, IResponseMessage => Answer<TResponse>(Send(request, version, client)) ?? throw new InvalidOperationException("No answer");

    public TResponse? Answer<TResponse>(CallId call)
        where TResponse : class => answers.Remove(call, out var answer) ? Assert.IsType<TResponse>(answer) : null;

    /// <summary>Lets time pass, stopping wherever the shard wants to be woken.</summary>
    public void Pass(long ms)
    {
        var end = new TimestampMs(Now.Value + ms);
        while (Shard.NextDeadline is { } next && next.Value <= end.Value)
        {
            Now = new TimestampMs(Math.Max(Now.Value, next.Value));
            Carry(Shard.Tick(Now));
        }

        Now = end;
    }

    public void FailOver()
    {
        Shard = Replay();
        Shard.Loaded(Now);
        answers.Clear();
    }

    /// <summary>Another shard, with all that is in the log.</summary>
    public GroupShard Replay()
    {
        var shard = NewShard();
        foreach (var (key, value) in log)
        {
            Assert.True(GroupRecordCodec.Instance.TryDecode(key, value is null ? default(ReadOnlyMemory<byte>?) : value, out var record));
            shard.Apply(record);
        }

        return shard;
    }

    public void AppendToLog(byte[] key, byte[]? value) => log.Add((key, value));

    private GroupShard NewShard() => new(Settings, () => new Guid(++uuids, 0, 0, new byte[8]), Topics);

    private void Carry(Decision<GroupRecord> decision)
    {
        foreach (var record in decision.Records)
        {
            log.Add(GroupRecordCodec.Instance.Encode(record));
            Shard.Apply(record);
        }

        foreach (var reply in decision.Effects.Cast<Reply>()) Assert.True(answers.TryAdd(reply.Call, reply.Response), "answered twice");
    }

    // What clients send.

    public static JoinGroupRequest JoinRequest(
        string member = "", string? instance = null, int session = 10_000, int rebalance = 60_000, string type = "consumer", params string[] protocols)
    {
        var request = new JoinGroupRequest
        {
            GroupId = GroupId,
            MemberId = member,
            GroupInstanceId = instance,
            SessionTimeoutMs = session,
            RebalanceTimeoutMs = rebalance,
            ProtocolType = type,
        };
        foreach (var protocol in protocols.Length == 0 ? ["range"] : protocols)
            request.Protocols.Add(new JoinGroupRequest.JoinGroupRequestProtocol { Name = protocol, Metadata = Encoding.UTF8.GetBytes($"{protocol}-of-{instance}") });
        return request;
    }

    public static SyncGroupRequest SyncRequest(string member, int generation, params (string Member, string Assignment)[] assignments)
    {
        var request = new SyncGroupRequest { GroupId = GroupId, MemberId = member, GenerationId = generation };
        foreach (var (to, assignment) in assignments)
            request.Assignments.Add(new SyncGroupRequest.SyncGroupRequestAssignment { MemberId = to, Assignment = Encoding.UTF8.GetBytes(assignment) });
        return request;
    }

    public static HeartbeatRequest HeartbeatRequest(string member, int generation, string? instance = null) =>
        new() { GroupId = GroupId, MemberId = member, GenerationId = generation, GroupInstanceId = instance };

    public ErrorCode Heartbeat(string member, int generation, string? instance = null) =>
        (ErrorCode)Ask<HeartbeatResponse>(HeartbeatRequest(member, generation, instance)).ErrorCode;

    public ErrorCode Leave(string member, string? instance = null) =>
        (ErrorCode)Assert.Single(Ask<LeaveGroupResponse>(new LeaveGroupRequest
        {
            GroupId = GroupId,
            Members = [new LeaveGroupRequest.MemberIdentity { MemberId = member, GroupInstanceId = instance }],
        }).Members).ErrorCode;

    public static OffsetCommitRequest CommitRequest(long offset, string member = "", int generation = -1, string topic = "t", int partition = 0) => new()
    {
        GroupId = GroupId,
        MemberId = member,
        GenerationIdOrMemberEpoch = generation,
        Topics =
        [
            new OffsetCommitRequest.OffsetCommitRequestTopic
            {
                Name = topic,
                Partitions = [new OffsetCommitRequest.OffsetCommitRequestPartition { PartitionIndex = partition, CommittedOffset = offset, CommittedMetadata = "m" }],
            },
        ],
    };

    public ErrorCode Commit(OffsetCommitRequest request, short version = 8) =>
        (ErrorCode)Ask<OffsetCommitResponse>(request, version).Topics[0].Partitions[0].ErrorCode;

    public long Fetch(string topic = "t", int partition = 0) => Ask<OffsetFetchResponse>(new OffsetFetchRequest
    {
        Groups =
        [
            new OffsetFetchRequest.OffsetFetchRequestGroup
            {
                GroupId = GroupId,
                Topics = [new OffsetFetchRequest.OffsetFetchRequestTopics { Name = topic, PartitionIndexes = [partition] }],
            },
        ],
    }).Groups[0].Topics[0].Partitions[0].CommittedOffset;

    // Where most tests begin.

    /// <summary>A member that has its id and waits for the generation.</summary>
    public (string MemberId, CallId Join) Enter(params string[] protocols)
    {
        var given = Ask<JoinGroupResponse>(JoinRequest(protocols: protocols));
        Assert.Equal(ErrorCode.MemberIdRequired, (ErrorCode)given.ErrorCode);
        return (given.MemberId, Send(JoinRequest(given.MemberId, protocols: protocols)));
    }

    /// <summary>A stable group with one member, in generation 1.</summary>
    public string Stable(params string[] protocols)
    {
        var (member, join) = Enter(protocols);
        Pass(Settings.InitialRebalanceDelayMs);
        Assert.Equal(ErrorCode.None, (ErrorCode)Answer<JoinGroupResponse>(join)!.ErrorCode);
        Ask<SyncGroupResponse>(SyncRequest(member, 1, (member, "all")));
        Assert.Equal(GroupState.Stable, State);
        return member;
    }

    /// <summary>A stable group with two members, in generation 2; the first leads.</summary>
    public (string Leader, string Follower) StablePair()
    {
        var leader = Stable();
        var (follower, join) = Enter();
        var rejoin = Send(JoinRequest(leader));
        Assert.Equal(2, Answer<JoinGroupResponse>(join)!.GenerationId);
        Assert.Equal(2, Answer<JoinGroupResponse>(rejoin)!.Members.Count);
        var waits = Send(SyncRequest(follower, 2));
        Assert.Null(Answer<SyncGroupResponse>(waits));
        Assert.Equal("a", Text(Ask<SyncGroupResponse>(SyncRequest(leader, 2, (leader, "a"), (follower, "b"))).Assignment));
        Assert.Equal("b", Text(Answer<SyncGroupResponse>(waits)!.Assignment));
        return (leader, follower);
    }

    /// <summary>A stable group with static members, in generation 1; the first leads.</summary>
    public List<string> StableStatic(params string[] instances)
    {
        var joins = instances.Select(instance => Send(JoinRequest(instance: instance))).ToList();
        Pass(Settings.InitialRebalanceDelayMs * 2);
        var members = joins.Select(join => Answer<JoinGroupResponse>(join)!.MemberId).ToList();
        Ask<SyncGroupResponse>(SyncRequest(members[0], 1, [.. members.Select((member, index) => (member, instances[index]))]));
        foreach (var member in members.Skip(1)) Ask<SyncGroupResponse>(SyncRequest(member, 1));
        return members;
    }

    public static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
