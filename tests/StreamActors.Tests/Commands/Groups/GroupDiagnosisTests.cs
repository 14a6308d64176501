using StreamActors.Client.Admin;
using StreamActors.Commands.Groups;
using StreamActors.Protocol;

namespace StreamActors.Tests.Commands.Groups;

/// <summary>What is said of a group, from what its brokers told.</summary>
public sealed class GroupDiagnosisTests
{
    private static readonly TimestampMs Now = new(1_000_000_000);
    private static readonly GroupPartition CaughtUp = new(new TopicPartition("orders", 0))
    {
        Committed = 9,
        LogStart = 0,
        LastStable = 9,
        End = 9,
        LogEnd = 9,
        OwnerMemberId = "m1",
        UnchangedSince = Ago(3600),
        Leader = new BrokerId(1),
        LagTime = TimeSpan.Zero,
    };

    private static readonly GroupDescription Stable = new("g", new BrokerId(1))
    {
        Type = "classic",
        State = "Stable",
        Now = Now,
        StateSince = Ago(60),
        Members = [Member("m1", "stable"), Member("m2", "stable")],
        Partitions = [CaughtUp],
    };

    [Fact]
    public void A_group_that_has_read_everything_is_told_so() =>
        Says(Stable, ("caught-up", "It has read all there is, in 1 partition(s)."));

    [Fact]
    public void A_group_that_reads_on_is_told_so() =>
        Says(Stable with { Partitions = [CaughtUp with { End = 20, LastStable = 20, LogEnd = 20, UnchangedSince = Ago(2) }] }, ("moving", "It moves: 11 records are left to read, and no offset has stood still for 30s."));

    [Fact]
    public void A_group_without_members_is_told_since_when() =>
        Says(
            Stable with { State = "Empty", Members = [], PendingMembers = 2, Partitions = [CaughtUp with { OwnerMemberId = null, End = 12, LogEnd = 12, LastStable = 12 }] },
            ("no-members", "It has no members, for 1m: nobody reads the 3 record(s) that are left."),
            ("pending-members", "2 client(s) were given a member id and have not joined with it yet."));

    [Theory]
    [InlineData("PreparingRebalance", "has-to-rejoin", "waits-for-rejoin", "Member m2 (client app, /10.0.0.7) has not rejoined for 1m of at most 5m.")]
    [InlineData("CompletingRebalance", "has-to-sync", "waits-for-sync", "Member m2 (client app, /10.0.0.7) has not asked for its assignment (SyncGroup) for 1m of at most 5m.")]
    [InlineData("CompletingRebalance", "has-to-assign", "waits-for-leader", "Member m2 (client app, /10.0.0.7) leads the group and has not assigned the partitions (SyncGroup) for 1m of at most 5m.")]
    [InlineData("Reconciling", "has-to-revoke", "waits-for-revocation", "Member m2 (client app, /10.0.0.7) has not given back orders:1,2 for 1m of at most 5m.")]
    [InlineData("Reconciling", "has-to-heartbeat", "waits-for-heartbeat", "Member m2 (client app, /10.0.0.7) has not taken up its new assignment (by a heartbeat) for 1m.")]
    [InlineData("Stable", "away", "member-away", "Member m2 (client app, /10.0.0.7) is away: it is a static member, and its partitions wait for it until its session ends.")]
    public void The_member_that_all_wait_for_is_named(string groupState, string memberState, string code, string words)
    {
        var late = Member("m2", memberState) with { Revoking = [new TopicPartition("orders", 1), new TopicPartition("orders", 2)] };
        var found = GroupDiagnosis.Of(Stable with { State = groupState, Members = [Member("m1", "joined"), late], Partitions = [CaughtUp with { End = 10, LogEnd = 10, LastStable = 10, UnchangedSince = Ago(1) }] }, TimeSpan.FromSeconds(30));
        Assert.Equal((code, words), (Assert.Single(found).Code, found[0].Words));
        Assert.Contains(found[0].Facts, fact => fact is { Name: "clientId", Value: "app" });
    }

    [Fact]
    public void A_member_that_is_silent_is_named()
    {
        var found = Find(Stable with { Members = [Member("m1", "stable"), Member("m2", "stable") with { InstanceId = "till-2", LastHeartbeat = Ago(30) }] }, "silent-member");
        Assert.Equal("Member till-2 (client app, /10.0.0.7) was last heard 30s ago; after 45s it is removed.", found.Words);
    }

    [Fact]
    public void An_offset_that_stands_still_while_there_is_more_is_told_with_its_owner()
    {
        var behind = CaughtUp with { End = 20, LastStable = 20, LogEnd = 20, UnchangedSince = Ago(90) };
        var found = Find(Stable with { Partitions = [behind, behind with { Partition = new TopicPartition("orders", 3) }, CaughtUp with { Partition = new TopicPartition("orders", 4) }] }, "stalled");
        Assert.Equal("orders:0,3: the committed offset 9 has not changed for 1m 30s, though the end is 20 (member m1 (client app, /10.0.0.7)): it is slow, paused, or does not commit.", found.Words);
        Assert.Contains(found.Facts, fact => fact is { Name: "lag", Value: 22L });
    }

    [Fact]
    public void A_transaction_that_is_open_is_told_with_its_producer()
    {
        var found = Find(Stable with { Partitions = [CaughtUp with { End = 20, LogEnd = 20, OpenTransaction = (4000, Ago(600)) }] }, "open-transaction");
        Assert.Equal("orders:0: records from 9 on wait for a transaction of producer 4000, open for 10m; a consumer of committed records cannot read on, though the end is 20.", found.Words);
    }

    [Theory]
    [InlineData("topic-deleted", "no such topic")]
    [InlineData("no-leader", "no leader")]
    [InlineData("leader-silent", "broker 1, does not answer (REQUEST_TIMED_OUT)")]
    [InlineData("offset-deleted", "before the first record that is left, 50")]
    [InlineData("offset-ahead", "behind the log's end, 3")]
    [InlineData("no-owner", "no member has the partition")]
    [InlineData("never-committed", "nothing was ever committed")]
    public void What_is_wrong_with_a_partition_is_told(string code, string words)
    {
        var partition = code switch
        {
            "topic-deleted" => CaughtUp with { Error = ErrorCode.UnknownTopicOrPartition },
            "no-leader" => CaughtUp with { Error = ErrorCode.LeaderNotAvailable },
            "leader-silent" => CaughtUp with { Error = ErrorCode.RequestTimedOut },
            "offset-deleted" => CaughtUp with { LogStart = 50, End = 60, LogEnd = 60 },
            "offset-ahead" => CaughtUp with { End = 3, LogEnd = 3, LastStable = 3 },
            "no-owner" => CaughtUp with { OwnerMemberId = null, End = 20, LogEnd = 20, LastStable = 20 },
            _ => CaughtUp with { Committed = null },
        };
        Assert.Contains(words, Find(Stable with { Partitions = [partition] }, code).Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_broker_that_tells_less_less_is_said()
    {
        var plain = new GroupDescription("g", new BrokerId(1))
        {
            State = "PreparingRebalance",
            Members = [new GroupMemberDescription("m1", null, "app", "/10.0.0.7")],
        };
        Says(plain, ("rebalancing", "It is in a rebalance (PreparingRebalance); this broker does not tell who is waited for."));
        Says(plain with { State = "Stable", Partitions = [new GroupPartition(new TopicPartition("t", 0)) { Committed = 5, End = 5, LogEnd = 5, OwnerMemberId = "m1" }] }, ("caught-up", "It has read all there is, in 1 partition(s)."));
    }

    private static GroupMemberDescription Member(string id, string state) => new(id, null, "app", "/10.0.0.7")
    {
        State = state,
        StateSince = Ago(60),
        LastHeartbeat = Ago(2),
        SessionTimeoutMs = 45_000,
        RebalanceTimeoutMs = 300_000,
    };

    private static TimestampMs Ago(int seconds) => new(Now.Value - (seconds * 1000L));

    private static void Says(GroupDescription group, params (string Code, string Words)[] expected) =>
        Assert.Equal(expected, GroupDiagnosis.Of(group, TimeSpan.FromSeconds(30)).Select(finding => (finding.Code, finding.Words)));

    private static GroupFinding Find(GroupDescription group, string code) =>
        Assert.Single(GroupDiagnosis.Of(group, TimeSpan.FromSeconds(30)), finding => finding.Code == code);
}
