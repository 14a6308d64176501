using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Groups;

/// <summary>A consumer of the new protocol (KIP-848), as clients are: it says what it has, and gives back before it says that it has.</summary>
internal sealed class NewConsumer(
    string name, string? instance, Agenda agenda, WorldRandom random, Counters counters, MovingCoordinator coordinator, GroupReferee referee, TopicsOfGroups topics, string? assignor)
    : GroupConsumer(name, agenda, random, counters, coordinator, referee, topics)
{
    private readonly string memberId = random.NextGuid().ToString("D");
    private HashSet<(string Topic, int Partition)> target = [];
    private int epoch;
    private bool isAsking;
    private bool isRevoking;
    private bool saysAll = true;
    private long beats;

    public override string MemberId => memberId;

    protected override int Epoch => epoch;

    protected override short CommitVersion => 9;

    public override void Start()
    {
        Beat(0);
        ReadOn();
    }

    public override void Leave()
    {
        Counters.Add("consumer.left");
        Commit([.. Reading]);
        GiveBack([.. Reading]);
        // A static one will be back.
        Ask<ConsumerGroupHeartbeatResponse>(
            new ConsumerGroupHeartbeatRequest { GroupId = GroupScenario.GroupId, MemberId = memberId, InstanceId = instance, MemberEpoch = instance is null ? -1 : -2 }, 1, RequestTimeoutMs, _ => { });
        End();
    }

    private void Beat(long ms)
    {
        var mine = ++beats;
        Later(ms, () =>
        {
            if (mine == beats && !isAsking) Send();
        });
    }

    private void Send()
    {
        isAsking = true;
        var isJoining = epoch == 0;
        var request = new ConsumerGroupHeartbeatRequest { GroupId = GroupScenario.GroupId, MemberId = memberId, InstanceId = instance, MemberEpoch = epoch };
        if (isJoining || saysAll)
        {
            request.RebalanceTimeoutMs = GroupScenario.RebalanceTimeoutMs;
            request.SubscribedTopicNames = [.. Topics.Current.Topics.Keys];
            request.ServerAssignor = assignor;
        }

        if (isJoining || saysAll || !isRevoking) request.TopicPartitions = isJoining ? [] : Owned();
        Ask<ConsumerGroupHeartbeatResponse>(request, 1, RequestTimeoutMs, response =>
        {
            isAsking = false;
            saysAll = response is null || response.ErrorCode != (short)ErrorCode.None;
            if (response is null)
            {
                Beat(100);
                return;
            }

            OnAnswer(response);
        });
    }

    private void OnAnswer(ConsumerGroupHeartbeatResponse response)
    {
        switch ((ErrorCode)response.ErrorCode)
        {
            case ErrorCode.None:
                epoch = response.MemberEpoch;
                if (response.Assignment is { } assignment) Follow(assignment);
                Beat(response.HeartbeatIntervalMs);
                break;
            case ErrorCode.FencedMemberEpoch or ErrorCode.UnknownMemberId or ErrorCode.GroupIdNotFound:
                Counters.Add($"heartbeat.{(ErrorCode)response.ErrorCode}");
                GiveBack([.. Reading]);
                target = [];
                epoch = 0;
                Beat(Random.Next(50));
                break;
            case ErrorCode.UnreleasedInstanceId or ErrorCode.FencedInstanceId:
                Counters.Add($"heartbeat.{(ErrorCode)response.ErrorCode}");
                End();
                break;
            default:
                Beat(Random.Next(100, 500));
                break;
        }
    }

    private void Follow(ConsumerGroupHeartbeatResponse.AssignmentData assignment)
    {
        target = assignment.TopicPartitions.SelectMany(topic => topic.Partitions.Select(partition => (NameOf(topic.TopicId), partition))).ToHashSet();
        if (!isRevoking) Reconcile();
    }

    /// <summary>Some take their time to give back, and a few too long.</summary>
    private void Reconcile()
    {
        var surplus = Reading.Where(each => !target.Contains(each)).ToList();
        if (surplus.Count == 0)
        {
            Take(target);
            return;
        }

        isRevoking = true;
        Commit(surplus);
        Later(Random.Chance(0.05) ? Random.Next(GroupScenario.RebalanceTimeoutMs * 2) : Random.Next(500), () =>
        {
            isRevoking = false;
            GiveBack(surplus);
            Reconcile();
            Beat(0);
        });
    }

    private List<ConsumerGroupHeartbeatRequest.TopicPartitionsData> Owned() =>
        [.. Reading.GroupBy(each => each.Topic).Select(topic => new ConsumerGroupHeartbeatRequest.TopicPartitionsData
        {
            TopicId = Topics.Current.Topic(topic.Key)!.Id.Value, Partitions = [.. topic.Select(each => each.Partition)],
        })];

    private string NameOf(Guid topic) => Topics.Current.Topic(new TopicId(topic))!.Name;
}
