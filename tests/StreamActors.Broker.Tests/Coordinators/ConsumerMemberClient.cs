using StreamActors.Broker.Coordinators.Groups.Consumer;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;

namespace StreamActors.Broker.Tests.Coordinators;

/// <summary>A client of the new group protocol as it should be: it uses what it was given, gives back first what it was not, and says so.</summary>
internal sealed class ConsumerMemberClient(GroupWorld world, string memberId, string? instance = null)
{
    public string MemberId => memberId;

    public int Epoch { get; private set; }

    /// <summary>What it reads at the moment.</summary>
    public PartitionSet Owned { get; private set; } = PartitionSet.Empty;

    public ConsumerGroupHeartbeatResponse? Last { get; private set; }

    public ErrorCode Error => (ErrorCode)Last!.ErrorCode;

    public string[]? Topics { get; set; }

    public string? Regex { get; set; }

    public string? Assignor { get; set; }

    public string? Rack { get; set; }

    public static ConsumerMemberClient Of(GroupWorld world, string memberId, params string[] topics) => new(world, memberId) { Topics = topics };

    public ConsumerMemberClient Join()
    {
        (Epoch, Owned) = (0, PartitionSet.Empty);
        return Send(new ConsumerGroupHeartbeatRequest
        {
            GroupId = GroupWorld.GroupId,
            MemberId = memberId,
            InstanceId = instance,
            RackId = Rack,
            MemberEpoch = 0,
            RebalanceTimeoutMs = 60_000,
            SubscribedTopicNames = Topics is null ? null : [.. Topics],
            SubscribedTopicRegex = Regex,
            ServerAssignor = Assignor,
            TopicPartitions = [],
        });
    }

    /// <summary>Says nothing new, but what it owns.</summary>
    public ConsumerMemberClient Beat(bool withOwned = true) => Send(Request(withOwned));

    public ConsumerMemberClient Subscribe(params string[] topics)
    {
        Topics = topics;
        var request = Request(true);
        request.SubscribedTopicNames = [.. topics];
        return Send(request);
    }

    public ConsumerMemberClient Leave(int epoch = -1)
    {
        var request = Request(false);
        request.MemberEpoch = epoch;
        return Send(request);
    }

    public ConsumerMemberClient Send(ConsumerGroupHeartbeatRequest request)
    {
        Last = world.Ask<ConsumerGroupHeartbeatResponse>(request, 1, memberId);
        if (Error != ErrorCode.None) return this;
        Epoch = Last.MemberEpoch;
        if (Last.Assignment is { } assigned) Owned = PartitionSet.Of(assigned.TopicPartitions.Select(topic => (topic.TopicId, topic.Partitions.AsEnumerable())));
        return this;
    }

    public ConsumerGroupHeartbeatRequest Request(bool withOwned) => new()
    {
        GroupId = GroupWorld.GroupId,
        MemberId = memberId,
        InstanceId = instance,
        MemberEpoch = Epoch,
        TopicPartitions = !withOwned ? null
            : [.. Owned.Topics.Select(topic => new ConsumerGroupHeartbeatRequest.TopicPartitionsData { TopicId = topic.Id, Partitions = [.. topic.Partitions] })],
    };
}
