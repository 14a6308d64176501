using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Broker.Coordinators.Groups.Consumer;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Tests.Coordinators;

/// <summary>A cooperative consumer of the classic protocol that reads the topic "a": what it has it says when it joins.</summary>
internal sealed class ClassicMemberClient(GroupWorld world)
{
    private const short ConsumerProtocolVersion = 3;

    public string MemberId { get; private set; } = "";

    public int Generation { get; private set; }

    public PartitionSet Owned { get; private set; } = PartitionSet.Empty;

    /// <summary>Alone in a classic group, it takes all of the topic.</summary>
    public ClassicMemberClient Join()
    {
        MemberId = world.Ask<JoinGroupResponse>(Request(), 9).MemberId;
        return RejoinClassic();
    }

    /// <summary>It leads, so it assigns.</summary>
    public ClassicMemberClient RejoinClassic()
    {
        var joined = world.Ask<JoinGroupResponse>(Request(), 9);
        Assert.Equal((short)ErrorCode.None, joined.ErrorCode);
        Assert.Equal(MemberId, joined.Leader);
        var all = PartitionSet.Of([(world.Topics.Id("a"), Enumerable.Range(0, world.Topics.Current.Topic("a")!.Partitions.Count))]);
        return Sync(joined, ConsumerProtocol.WriteAssignment(all, Subscription(), world.Topics.Current));
    }

    /// <summary>In a consumer group the broker assigns.</summary>
    public ClassicMemberClient Rejoin()
    {
        var joined = world.Ask<JoinGroupResponse>(Request(), 9);
        Assert.Equal((short)ErrorCode.None, joined.ErrorCode);
        Assert.NotEqual(MemberId, joined.Leader);
        return Sync(joined, null);
    }

    public ErrorCode Heartbeat() => (ErrorCode)world.Ask<HeartbeatResponse>(
        new HeartbeatRequest { GroupId = GroupWorld.GroupId, MemberId = MemberId, GenerationId = Generation }, 4).ErrorCode;

    private ClassicMemberClient Sync(JoinGroupResponse joined, byte[]? assignment)
    {
        Generation = joined.GenerationId;
        var request = new SyncGroupRequest
        {
            GroupId = GroupWorld.GroupId,
            MemberId = MemberId,
            GenerationId = Generation,
            ProtocolType = "consumer",
            ProtocolName = joined.ProtocolName,
        };
        if (assignment is not null) request.Assignments.Add(new SyncGroupRequest.SyncGroupRequestAssignment { MemberId = MemberId, Assignment = assignment });
        var synced = world.Ask<SyncGroupResponse>(request, 5);
        Assert.Equal((short)ErrorCode.None, synced.ErrorCode);
        Owned = ConsumerProtocol.TryReadAssignment(synced.Assignment, world.Topics.Current)!;
        return this;
    }

    private JoinGroupRequest Request()
    {
        var request = GroupWorld.JoinRequest(MemberId, protocols: ["cooperative-sticky"]);
        request.Protocols[0].Metadata = Subscription();
        return request;
    }

    private byte[] Subscription()
    {
        var subscription = new ConsumerProtocolSubscription { Topics = ["a"], GenerationId = Generation };
        foreach (var topic in Owned.Topics)
            subscription.OwnedPartitions.Add(new ConsumerProtocolSubscription.TopicPartition { Topic = "a", Partitions = [.. topic.Partitions] });
        return GroupRecordCodec.Prefixed(ConsumerProtocolVersion, subscription, ConsumerProtocolVersion);
    }
}
