using System.Text;
using StreamActors.Broker.Coordinators;
using StreamActors.Broker.Coordinators.Groups;
using StreamActors.Protocol.Messages;
using StreamActors.Protocol.Wire;

namespace StreamActors.Broker.Tests.Coordinators;

/// <summary>Whatever clients do, and whenever: the log is enough to go on from, and every call is answered once.</summary>
public class GroupReplayTests
{
    private static readonly string[] Instances = ["i1", "i2", "i3"];
    private static readonly string[][] Protocols = [["range"], ["range", "sticky"], ["sticky", "range"], ["other"]];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_replay_gives_the_state_back_whatever_happens(int seed)
    {
        for (var run = 0; run < 12; run++)
        {
            var random = new Random((seed * 1000) + run);
            var world = new GroupWorld(new GroupSettings { MaxSize = 4, OffsetsRetentionMinutes = 60 });
            var members = new List<string> { "stranger" };
            var open = new List<(CallId Call, IRequestMessage Request)>();
            for (var step = 0; step < 200; step++)
            {
                Step(world, random, members, open);
                Assert.Equal(Durable(world.Shard), Durable(world.Replay()));
                if (random.Next(60) == 0)
                {
                    var before = world.Shard.Find(GroupWorld.GroupId);
                    var rested = before is { Members.State: GroupState.Stable or GroupState.Empty, Members.PendingJoins.Count: 0 };
                    var live = rested ? Live(before!) : "";
                    world.FailOver();
                    open.Clear();
                    if (rested && world.Shard.Find(GroupWorld.GroupId) is { Members.State: GroupState.Stable or GroupState.Empty } after) Assert.Equal(live, Live(after));
                }
            }

            // Left alone, the group answers everybody and is forgotten.
            world.Pass(3 * 3600_000);
            Assert.All(open, call => Assert.True(IsAnswered(world, call.Call, call.Request), $"{call.Request.ApiKey} was never answered"));
            Assert.Empty(world.Shard.Groups);
            Assert.Empty(world.Replay().Groups);
        }
    }

    private static void Step(GroupWorld world, Random random, List<string> members, List<(CallId, IRequestMessage)> open)
    {
        var member = members[random.Next(members.Count)];
        var current = world.Shard.Find(GroupWorld.GroupId)?.Members;
        var generation = random.Next(8) == 0 ? random.Next(5) : current?.Generation ?? 0;
        var instance = random.Next(4) == 0 ? Instances[random.Next(Instances.Length)] : null;
        var version = (short)random.Next(3, 10);
        switch (random.Next(11))
        {
            case 0: Send(GroupWorld.JoinRequest(protocols: Protocols[random.Next(Protocols.Length)])); break;
            case 1: Send(GroupWorld.JoinRequest(instance: Instances[random.Next(Instances.Length)], protocols: Protocols[random.Next(3)])); break;
            case 2 or 3: Send(GroupWorld.JoinRequest(member, Instance(), protocols: Protocols[random.Next(3)])); break;
            case 4: Send(GroupWorld.SyncRequest(random.Next(2) == 0 ? current?.Leader ?? member : member, generation, [.. members.Select(each => (each, $"for {each}"))])); break;
            case 5: Send(GroupWorld.HeartbeatRequest(member, generation, instance)); break;
            case 6 when random.Next(3) == 0:
                Send(new LeaveGroupRequest
                {
                    GroupId = GroupWorld.GroupId,
                    Members = [new LeaveGroupRequest.MemberIdentity { MemberId = instance is null ? member : "", GroupInstanceId = instance }],
                });
                break;
            case 7: Send(GroupWorld.CommitRequest(random.Next(100), random.Next(3) == 0 ? "" : member, random.Next(3) == 0 ? -1 : generation, "t", random.Next(3))); break;
            case 8 when random.Next(4) == 0: Send(new DeleteGroupsRequest { GroupsNames = [GroupWorld.GroupId] }); break;
            case 9: world.Pass(random.Next(6000)); break;
            case 10 when random.Next(10) == 0: world.Pass(random.Next(3_600_000)); break;
        }

        string? Instance() => current?.Member(member)?.InstanceId ?? instance;

        void Send(IRequestMessage request)
        {
            var call = world.Send(request, version);
            open.Add((call, request));
            open.RemoveAll(each => IsAnswered(world, each.Item1, each.Item2));
            foreach (var id in world.Shard.Find(GroupWorld.GroupId)?.Members is { } group ? group.Members.Select(each => each.MemberId).Concat(group.PendingJoins.Keys) : [])
            {
                if (!members.Contains(id)) members.Add(id);
            }

            while (members.Count > 8) members.RemoveAt(1);
        }
    }

    private static bool IsAnswered(GroupWorld world, CallId call, IRequestMessage request) => request switch
    {
        JoinGroupRequest => world.Answer<JoinGroupResponse>(call) is not null,
        SyncGroupRequest => world.Answer<SyncGroupResponse>(call) is not null,
        HeartbeatRequest => world.Answer<HeartbeatResponse>(call) is not null,
        LeaveGroupRequest => world.Answer<LeaveGroupResponse>(call) is not null,
        OffsetCommitRequest => world.Answer<OffsetCommitResponse>(call) is not null,
        _ => world.Answer<DeleteGroupsResponse>(call) is not null,
    };

    /// <summary>What the log says, of all groups that it speaks of.</summary>
    private static string Durable(GroupShard shard)
    {
        var text = new StringBuilder();
        foreach (var group in shard.Groups.Where(group => group.Stored is not null || !group.Offsets.IsEmpty))
        {
            text.Append(group.Id).Append(' ');
            if (group.Stored is { } stored)
            {
                text.Append($"{stored.ProtocolType} {stored.Generation} {stored.Protocol} {stored.Leader} {stored.StateTimestamp}");
                foreach (var member in stored.Members) Append(text, member);
            }

            foreach (var (partition, offset) in group.Offsets.All) text.Append($" {partition}={offset}");
            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>What members would notice of a group at rest.</summary>
    private static string Live(Group group)
    {
        var members = group.Members;
        var text = new StringBuilder($"{members.State} {members.Generation} {members.ProtocolType} {members.Protocol} {members.Leader}");
        foreach (var member in members.Members) Append(text, member.Store(members.Protocol));
        return text.ToString();
    }

    private static void Append(StringBuilder text, StoredMember member) => text.Append(
        $" [{member.MemberId} {member.InstanceId} {member.ClientId} {member.ClientHost} {member.SessionTimeoutMs} {member.RebalanceTimeoutMs} {GroupWorld.Text(member.Subscription)} {GroupWorld.Text(member.Assignment)}]");
}
