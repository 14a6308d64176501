using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Broker.Coordinators.Groups.Consumer;
using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Groups;

/// <summary>
/// A consumer of the classic protocol that gives everything back before it joins (eager). The leader deals partitions out in turn; in a consumer group the broker assigns, and nobody leads.
/// </summary>
internal sealed class ClassicConsumer(
    string name, Agenda agenda, WorldRandom random, Counters counters, MovingCoordinator coordinator, GroupReferee referee, TopicsOfGroups topics)
    : GroupConsumer(name, agenda, random, counters, coordinator, referee, topics)
{
    private const string Protocol = "dealing";
    private const int SessionTimeoutMs = 10_000;
    private const short SubscriptionVersion = 0;

    private string memberId = "";
    private int generation = -1;
    private bool isStable;

    public override string MemberId => memberId;

    protected override int Epoch => generation;

    protected override short CommitVersion => 7;

    public override void Start()
    {
        Later(0, Join);
        Later(3000, Beat);
        ReadOn();
    }

    public override void Leave()
    {
        Counters.Add("consumer.left");
        Commit([.. Reading]);
        GiveBack([.. Reading]);
        Ask<LeaveGroupResponse>(
            new LeaveGroupRequest { GroupId = GroupScenario.GroupId, Members = [new LeaveGroupRequest.MemberIdentity { MemberId = memberId }] }, 5, RequestTimeoutMs, _ => { });
        End();
    }

    private void Join()
    {
        isStable = false;
        var request = new JoinGroupRequest
        {
            GroupId = GroupScenario.GroupId,
            MemberId = memberId,
            SessionTimeoutMs = SessionTimeoutMs,
            RebalanceTimeoutMs = GroupScenario.RebalanceTimeoutMs,
            ProtocolType = "consumer",
        };
        var subscription = new ConsumerProtocolSubscription { Topics = [.. Topics.Current.Topics.Keys] };
        request.Protocols.Add(new JoinGroupRequest.JoinGroupRequestProtocol { Name = Protocol, Metadata = GroupRecordCodec.Prefixed(SubscriptionVersion, subscription, SubscriptionVersion) });
        Ask<JoinGroupResponse>(request, 9, GroupScenario.RebalanceTimeoutMs + RequestTimeoutMs, response =>
        {
            switch ((ErrorCode?)response?.ErrorCode)
            {
                case ErrorCode.None:
                    (memberId, generation) = (response!.MemberId, response.GenerationId);
                    Sync(response);
                    break;
                case ErrorCode.MemberIdRequired:
                    memberId = response!.MemberId;
                    Join();
                    break;
                case ErrorCode.UnknownMemberId:
                    memberId = "";
                    Join();
                    break;
                default:
                    Later(Random.Next(100, 500), Join);
                    break;
            }
        });
    }

    private void Sync(JoinGroupResponse joined)
    {
        var request = new SyncGroupRequest { GroupId = GroupScenario.GroupId, MemberId = memberId, GenerationId = generation, ProtocolType = joined.ProtocolType, ProtocolName = joined.ProtocolName };
        if (joined.Leader == memberId && joined.Members.Count > 0) Assign(joined, request);
        Ask<SyncGroupResponse>(request, 5, GroupScenario.RebalanceTimeoutMs + RequestTimeoutMs, response =>
        {
            if (response is null || response.ErrorCode != (short)ErrorCode.None)
            {
                Rejoin((ErrorCode?)response?.ErrorCode ?? ErrorCode.RequestTimedOut);
                return;
            }

            isStable = true;
            Take(ConsumerProtocol.TryReadAssignment(response.Assignment, Topics.Current)!.All.Select(each => (Topics.Current.Topic(new TopicId(each.Topic))!.Name, each.Partition)));
        });
    }

    private void Assign(JoinGroupResponse joined, SyncGroupRequest request)
    {
        var shares = joined.Members.ConvertAll(_ => new PartitionSet.Builder());
        var turn = 0;
        foreach (var topic in Topics.Current.Topics.Values)
        {
            for (var partition = 0; partition < topic.Partitions.Count; partition++) shares[turn++ % shares.Count].Add(topic.Id.Value, partition);
        }

        for (var index = 0; index < shares.Count; index++)
        {
            request.Assignments.Add(new SyncGroupRequest.SyncGroupRequestAssignment
            {
                MemberId = joined.Members[index].MemberId,
                Assignment = ConsumerProtocol.WriteAssignment(shares[index].Build(), joined.Members[index].Metadata, Topics.Current),
            });
        }
    }

    private void Beat()
    {
        if (!isStable)
        {
            Later(1000, Beat);
            return;
        }

        Ask<HeartbeatResponse>(new HeartbeatRequest { GroupId = GroupScenario.GroupId, MemberId = memberId, GenerationId = generation }, 4, RequestTimeoutMs, response =>
        {
            if (isStable && response is not null && response.ErrorCode != (short)ErrorCode.None && !IsRetriable((ErrorCode)response.ErrorCode)) Rejoin((ErrorCode)response.ErrorCode);
            Later(3000, Beat);
        });
    }

    private void Rejoin(ErrorCode error)
    {
        isStable = false;
        Counters.Add($"classic.{error}");
        if (error == ErrorCode.RebalanceInProgress) Commit([.. Reading]);
        GiveBack([.. Reading]);
        if (error == ErrorCode.UnknownMemberId) memberId = "";
        Later(Random.Next(200), Join);
    }

    private static bool IsRetriable(ErrorCode error) => error is ErrorCode.NotCoordinator or ErrorCode.CoordinatorLoadInProgress or ErrorCode.CoordinatorNotAvailable;
}
