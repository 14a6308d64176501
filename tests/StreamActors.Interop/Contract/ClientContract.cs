using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Contract;

/// <summary>What every client must be able to do, and the errors it must see. A class for each client derives from it.</summary>
public abstract class ClientContract(BrokerProcess broker, IKafkaClient client) : IClassFixture<BrokerProcess>
{
    const int Partitions = 4;
    const short MessageTooLarge = 10, UnknownTopicOrPartition = 3, InvalidTopic = 17;

    protected IKafkaClient Client { get; } = client;

    protected virtual bool EachRecordHasItsOwnHeaders => true;

    [Fact]
    public async Task Two_members_share_a_group_and_a_third_resumes_where_they_left()
    {
        var topic = await NewTopicAsync("group");
        await using var first = Client.Join(topic, topic);
        await Eventually.HoldsAsync(() => first.Assigned.Count == Partitions, () => $"all for one member, which has {Told(first)}");
        await using var second = Client.Join(topic, topic);
        await Eventually.HoldsAsync(
            () => first.Assigned.Count == Partitions / 2 && second.Assigned.Count == Partitions / 2,
            () => $"half for each of two members, which have {Told(first)} and {Told(second)}");
        Assert.Empty(first.Assigned.Intersect(second.Assigned));

        var sent = Records(200);
        Assert.Null((await Client.ProduceAsync(topic, sent, "none")).Refusal);
        await Eventually.HoldsAsync(
            () => first.Records.Count + second.Records.Count >= sent.Count,
            () => $"{sent.Count} records in two members, which have {first.Records.Count} and {second.Records.Count}");
        AssertSame(sent, [.. first.Records, .. second.Records]);
        Assert.All(first.Records, r => Assert.Contains(r.Partition, first.Assigned));
        Assert.All(second.Records, r => Assert.Contains(r.Partition, second.Assigned));
        await first.LeaveAsync();
        await second.LeaveAsync();

        var later = Records(60, from: 200);
        Assert.Null((await Client.ProduceAsync(topic, later, "none")).Refusal);
        await using var third = Client.Join(topic, topic);
        await Eventually.HoldsAsync(() => third.Records.Count >= later.Count, () => $"{later.Count} records in a third member, which has {third.Records.Count}");
        AssertSame(later, third.Records);
        await third.LeaveAsync();
    }

    [Fact]
    public virtual async Task An_invalid_topic_name_is_refused()
    {
        var refusal = await Client.CreateTopicAsync("no such/name", 1);
        Assert.True(refusal?.Error == InvalidTopic, $"{refusal}");
    }

    [Fact]
    public async Task A_missing_topic_is_refused()
    {
        var topic = NewName("missing");
        AssertMissing(await Client.DescribeAsync(topic));
        Assert.NotNull((await Client.ProduceAsync(topic, Records(1), "none")).Refusal);
    }

    [Fact]
    public async Task A_record_larger_than_the_topic_allows_is_refused_by_the_broker()
    {
        var topic = await NewTopicAsync("small", "max.message.bytes=2000");
        var refused = await Client.ProduceAsync(topic, [new SentRecord("key", new string('x', 5000), [])], "none");
        Assert.True(refused.Refusal?.Error == MessageTooLarge, $"{refused.Refusal}");
        var taken = await Client.ProduceAsync(topic, Records(1), "none");
        Assert.Null(taken.Refusal);
        AssertSame(Records(1), await Client.ConsumeAsync(topic, 1));
    }

    /// <summary>Where the client can be killed: it is a process.</summary>
    protected async Task SharesAGroupThatMembersLeaveAndDieInAsync(bool isExact = true)
    {
        var topic = await NewTopicAsync("survival");
        var environment = new Dictionary<string, string> { ["INTEROP_SESSION_MS"] = $"{GroupSurvival.SessionMs}" };
        await GroupSurvival.HoldsAsync(broker, topic, Partitions, () => Client.Join(topic, topic, environment), isExact);
    }

    /// <summary>Some clients turn the broker's answer into an error of their own.</summary>
    protected virtual void AssertMissing(Refusal? refusal) => Assert.True(refusal?.Error == UnknownTopicOrPartition, $"{refusal}");

    protected async Task ReadsBackWhatItWroteAsync(string codec, bool idempotent = false)
    {
        var topic = await NewTopicAsync(idempotent ? "idempotent" : codec);
        var sent = Records(300);
        var written = await Client.ProduceAsync(topic, sent, codec, idempotent);
        Assert.Null(written.Refusal);
        Assert.Equal(sent.Count, broker.CountByOffsets(topic));

        var read = await Client.ConsumeAsync(topic, sent.Count);
        AssertSame(sent, read);
        Assert.Subset(read.Select(r => (r.Partition, r.Offset)).ToHashSet(), written.Places.ToHashSet());
        Assert.True(read.Select(r => r.Partition).Distinct().Count() > 1, "the keys did not spread over partitions");
        foreach (var partition in read.GroupBy(r => r.Partition))
            Assert.Equal(Enumerable.Range(0, partition.Count()).Select(i => (long)i), partition.Select(r => r.Offset));
        foreach (var key in read.GroupBy(r => r.Key))
            Assert.Equal(sent.Where(r => r.Key == key.Key).Select(r => r.Value), key.Select(r => r.Value));
    }

    protected async Task<string> NewTopicAsync(string label, params string[] settings)
    {
        var topic = NewName(label);
        Assert.Null(await Client.CreateTopicAsync(topic, Partitions, settings));
        await broker.IsServedAsync(topic);
        return topic;
    }

    /// <summary>Keyed records with headers, in more than one script, large enough for a batch to be worth compressing.</summary>
    protected IReadOnlyList<SentRecord> Records(int count, int from = 0) =>
    [
        .. Enumerable.Range(from, count).Select(i => new SentRecord(
            $"key-{i % 37}",
            $"value {i} für 流 {new string((char)('a' + i % 26), 200)}",
            [["source", "interop"], ["empty", ""], .. EachRecordHasItsOwnHeaders ? [["sequence", $"{i}"]] : Array.Empty<string[]>()])),
    ];

    string NewName(string label) => $"{GetType().Name}-{label}-{Guid.NewGuid().ToString("N")[..6]}";

    static void AssertSame(IEnumerable<SentRecord> sent, IEnumerable<ReadRecord> read) =>
        Assert.Equal(sent.Select(r => r.Content).Order(StringComparer.Ordinal), read.Select(r => r.Content).Order(StringComparer.Ordinal));

    static string Told(IGroupMember member) => $"[{string.Join(", ", member.Assigned)}] ({member})";
}
