using StreamActors.Broker.Coordinators;
using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Protocol;
using StreamActors.Protocol.Wire;
using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Groups;

/// <summary>Bugs that are planted around the coordinator to show that the checker sees them.</summary>
internal enum GroupMutant
{
    None,

    /// <summary>Answers go out before their records are committed.</summary>
    AnswersBeforeCommit,

    /// <summary>A new leader has lost records that were committed.</summary>
    LosesCommitted,

    /// <summary>A new leader knows nothing of what was to be given back.</summary>
    ForgetsRevocations,
}

/// <summary>
/// The core of the coordinator as its actor drives it: a decision's records are applied at once and committed a while later, answers wait for that. It moves to another broker
/// at any time: what was not committed may be lost, from some record on, and the new one has the log only, compacted or not.
/// </summary>
internal sealed class MovingCoordinator
{
    private readonly Agenda agenda;
    private readonly WorldRandom random;
    private readonly Counters counters;
    private readonly GroupSettings settings;
    private readonly TopicsOfGroups topics;
    private readonly GroupMutant mutant;
    private readonly Dictionary<CallId, Action<object>> open = [];
    private readonly List<Pending> pending = [];
    private List<(byte[] Key, byte[]? Value)> log = [];
    private GroupShard shard;
    private long calls;
    private long incarnation;
    private long wakeAt = long.MaxValue;

    public MovingCoordinator(Agenda agenda, WorldRandom random, Counters counters, GroupSettings settings, TopicsOfGroups topics, GroupMutant mutant)
    {
        (this.agenda, this.random, this.counters, this.settings, this.topics, this.mutant) = (agenda, random, counters, settings, topics, mutant);
        shard = NewShard();
        shard.Loaded(Now);
    }

    public bool IsUp { get; private set; } = true;

    public int LogLength => log.Count;

    private TimestampMs Now => new(agenda.Now + 1_000_000);

    public Group? Find(string group) => shard.Find(group);

    public void Ask(IRequestMessage request, short version, string clientId, Action<object> answer)
    {
        if (!IsUp)
        {
            answer(GroupErrors.Response(request, ErrorCode.NotCoordinator));
            return;
        }

        var call = new CallId(++calls);
        open.Add(call, answer);
        Carry(shard.Decide(new GroupCommand(call, request, new RequestOrigin(clientId, "/127.0.0.1", version)), Now));
    }

    public void Move(bool compacted)
    {
        counters.Add(compacted ? "coordinator.moved, compacted" : "coordinator.moved");
        var kept = random.Next(pending.Count + 1);
        if (kept < pending.Count) counters.Add("coordinator.records lost");
        foreach (var decision in pending.Take(kept)) log.AddRange(decision.Records);
        pending.Clear();
        open.Clear();
        (IsUp, incarnation, wakeAt) = (false, incarnation + 1, long.MaxValue);
        if (compacted) Compact();
        if (mutant == GroupMutant.LosesCommitted) log.RemoveRange(log.Count - Math.Min(log.Count, 4), Math.Min(log.Count, 4));
        agenda.After(random.Next(3000), Load);
    }

    private void Load()
    {
        shard = NewShard();
        foreach (var (key, value) in log)
        {
            if (!GroupRecordCodec.Instance.TryDecode(key, value is null ? default(ReadOnlyMemory<byte>?) : value, out var record)) continue;
            if (mutant == GroupMutant.ForgetsRevocations && record is Broker.Coordinators.Groups.Consumer.CurrentAssignmentRecord { Value: { } assignment } current)
            {
                record = current with
                {
                    Value = assignment with { Revoking = Broker.Coordinators.Groups.Consumer.PartitionSet.Empty, State = Broker.Coordinators.Groups.Consumer.MemberState.Stable },
                };
            }

            shard.Apply(record);
        }

        shard.Loaded(Now);
        IsUp = true;
        Arm();
    }

    /// <summary>The last record of each key; tombstones are kept as long as they may be needed.</summary>
    private void Compact()
    {
        var last = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var index = 0; index < log.Count; index++) last[Convert.ToHexString(log[index].Key)] = index;
        log = [.. log.Where((record, index) => last[Convert.ToHexString(record.Key)] == index && (record.Value is not null || random.Chance(0.5)))];
    }

    private void Carry(Decision<GroupRecord> decision)
    {
        if (!decision.Records.IsEmpty)
        {
            pending.Add(new Pending([.. decision.Records.Select(GroupRecordCodec.Instance.Encode)], []));
            foreach (var record in decision.Records) shard.Apply(record);
            var mine = incarnation;
            agenda.After(random.Next(1, 30), () => Commit(mine));
        }

        foreach (var reply in decision.Effects.Cast<Reply>())
        {
            if (pending.Count == 0 || reply.AtOnce || mutant == GroupMutant.AnswersBeforeCommit) Answer(reply);
            else pending[^1].Replies.Add(reply);
        }

        Arm();
    }

    /// <summary>One more decision is committed; they are in order, whichever came back first.</summary>
    private void Commit(long its)
    {
        if (its != incarnation || pending.Count == 0) return;
        var first = pending[0];
        pending.RemoveAt(0);
        log.AddRange(first.Records);
        foreach (var reply in first.Replies) Answer(reply);
    }

    private void Answer(Reply reply)
    {
        if (open.Remove(reply.Call, out var answer)) answer(reply.Response);
    }

    private void Arm()
    {
        if (shard.NextDeadline is not { } next) return;
        var at = Math.Max(next.Value - 1_000_000, agenda.Now + 1);
        if (at >= wakeAt) return;
        wakeAt = at;
        var mine = incarnation;
        agenda.After(at - agenda.Now, () =>
        {
            if (mine != incarnation || !IsUp || wakeAt != at) return;
            wakeAt = long.MaxValue;
            Carry(shard.Tick(Now));
        });
    }

    private GroupShard NewShard() => new(settings, random.NextGuid, topics);

    private sealed record Pending(List<(byte[] Key, byte[]? Value)> Records, List<Reply> Replies);
}
