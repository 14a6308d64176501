using StreamActors.Protocol;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;
using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Groups;

/// <summary>
/// What consumers of both protocols have in common: a connection in order that loses and repeats requests, partitions that they read and commit, pauses, and an end.
/// </summary>
internal abstract class GroupConsumer(string name, Agenda agenda, WorldRandom random, Counters counters, MovingCoordinator coordinator, GroupReferee referee, TopicsOfGroups topics)
{
    protected const int RequestTimeoutMs = 5000;

    private readonly SortedDictionary<(string Topic, int Partition), long?> positions = [];
    private long lastDelivery;
    private long pausedUntil;
    private int pendingFetches;

    public abstract string MemberId { get; }

    public bool IsAlive { get; private set; } = true;

    /// <summary>How bad the network is; 0 once all is healed.</summary>
    public static double Breakage(GroupScenario.Calm calm) => calm.IsCalm ? 0 : 0.02;

    public required GroupScenario.Calm Calm { get; init; }

    protected Agenda Agenda => agenda;

    protected WorldRandom Random => random;

    protected TopicsOfGroups Topics => topics;

    protected Counters Counters => counters;

    protected bool IsPaused => agenda.Now < pausedUntil;

    protected IEnumerable<(string Topic, int Partition)> Reading => positions.Keys;

    protected abstract int Epoch { get; }

    protected abstract short CommitVersion { get; }

    public override string ToString() => $"{name} ({MemberId}, epoch {Epoch})";

    public abstract void Start();

    public abstract void Leave();

    /// <summary>A long garbage collection, or a laptop's lid.</summary>
    public void Pause(long ms)
    {
        counters.Add("consumer.paused");
        pausedUntil = Math.Max(pausedUntil, agenda.Now + ms);
    }

    /// <summary>kill -9: nobody hears of it.</summary>
    public void Kill()
    {
        counters.Add("consumer.killed");
        End();
    }

    protected void End()
    {
        IsAlive = false;
        GiveBack([.. positions.Keys]);
    }

    /// <summary>Runs when the consumer is not paused, if it still lives.</summary>
    protected void Later(long ms, Action action) => agenda.After(ms, () =>
    {
        if (!IsAlive) return;
        if (IsPaused) Later(pausedUntil - agenda.Now, action);
        else action();
    });

    /// <summary>On the consumer's one connection. A lost answer is noticed by the time that it takes, and then null.</summary>
    protected void Ask<TResponse>(IRequestMessage request, short version, int timeoutMs, Action<TResponse?> answer, Action<TResponse>? atBroker = null)
        where TResponse : class
    {
        var isOpen = true;
        Later(timeoutMs, () => Finish(null));
        if (Breaks("network.request lost")) return;
        var at = Math.Max(agenda.Now + random.Next(1, 40), lastDelivery);
        lastDelivery = at;
        agenda.After(at - agenda.Now, Deliver);
        if (Breaks("network.request repeated")) agenda.After(at - agenda.Now, Deliver);

        void Deliver() => coordinator.Ask(request, version, name, response =>
        {
            atBroker?.Invoke((TResponse)response);
            if (!Breaks("network.answer lost")) agenda.After(random.Next(1, 40), () => Later(0, () => Finish((TResponse)response)));
        });

        void Finish(TResponse? response)
        {
            if (!isOpen) return;
            isOpen = false;
            answer(response);
        }
    }

    protected void Take(IEnumerable<(string Topic, int Partition)> partitions)
    {
        foreach (var each in partitions.Where(each => !positions.ContainsKey(each)).ToList())
        {
            positions[each] = null;
            referee.Takes(this, each.Topic, each.Partition);
        }

        FetchOffsets();
    }

    protected void GiveBack(IReadOnlyCollection<(string Topic, int Partition)> partitions)
    {
        foreach (var each in partitions)
        {
            if (positions.Remove(each)) referee.GivesBack(this, each.Topic, each.Partition);
        }
    }

    /// <summary>Reads a little further and commits that, on and on.</summary>
    protected void ReadOn() => Later(random.Next(500, 3000), () =>
    {
        var known = positions.Where(each => each.Value is not null).ToList();
        foreach (var (each, position) in known) positions[each] = position + random.Next(1, 20);
        if (known.Count > 0) Commit([.. known.Select(each => each.Key)]);
        FetchOffsets();
        ReadOn();
    });

    protected void Commit(List<(string Topic, int Partition)> partitions)
    {
        var request = new OffsetCommitRequest { GroupId = GroupScenario.GroupId, MemberId = MemberId, GenerationIdOrMemberEpoch = Epoch };
        var offsets = partitions.Where(each => positions.GetValueOrDefault(each) is not null).Select(each => (each.Topic, each.Partition, Offset: positions[each]!.Value)).ToList();
        foreach (var topic in offsets.GroupBy(each => each.Topic))
        {
            request.Topics.Add(new OffsetCommitRequest.OffsetCommitRequestTopic
            {
                Name = topic.Key,
                TopicId = topics.Current.Topic(topic.Key)!.Id.Value,
                Partitions = [.. topic.Select(each => new OffsetCommitRequest.OffsetCommitRequestPartition { PartitionIndex = each.Partition, CommittedOffset = each.Offset })],
            });
        }

        if (offsets.Count == 0) return;
        Ask<OffsetCommitResponse>(request, CommitVersion, RequestTimeoutMs, _ => { }, response =>
        {
            foreach (var topic in response.Topics)
            {
                foreach (var partition in topic.Partitions)
                {
                    if (partition.ErrorCode != (short)ErrorCode.None) counters.Add($"commit.{(ErrorCode)partition.ErrorCode}");
                    else referee.Commits(this, topic.Name, partition.PartitionIndex, offsets.First(each => each.Topic == topic.Name && each.Partition == partition.PartitionIndex).Offset);
                }
            }
        });
    }

    private void FetchOffsets()
    {
        if (pendingFetches > 0 || positions.Values.All(position => position is not null)) return;
        pendingFetches++;
        var wanted = positions.Where(each => each.Value is null).Select(each => each.Key).ToList();
        var request = new OffsetFetchRequest { RequireStable = true };
        request.Groups.Add(new OffsetFetchRequest.OffsetFetchRequestGroup
        {
            GroupId = GroupScenario.GroupId,
            Topics = [.. wanted.GroupBy(each => each.Topic).Select(topic => new OffsetFetchRequest.OffsetFetchRequestTopics
            {
                Name = topic.Key, PartitionIndexes = [.. topic.Select(each => each.Partition)],
            })],
        });
        Ask<OffsetFetchResponse>(request, 8, RequestTimeoutMs, response =>
        {
            pendingFetches--;
            if (response is null || response.Groups[0].ErrorCode != (short)ErrorCode.None) return;
            foreach (var topic in response.Groups[0].Topics)
            {
                foreach (var partition in topic.Partitions)
                {
                    var each = (topic.Name, partition.PartitionIndex);
                    if (partition.ErrorCode == (short)ErrorCode.None && positions.TryGetValue(each, out var position) && position is null) positions[each] = Math.Max(partition.CommittedOffset, 0);
                }
            }
        });
    }

    private bool Breaks(string what)
    {
        if (!random.Chance(Breakage(Calm))) return false;
        counters.Add(what);
        return true;
    }
}
