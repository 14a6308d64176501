using Confluent.Kafka;
using StreamActors.Interop.Harness;

namespace StreamActors.Interop.Contract;

/// <summary>
/// Three members under load: they join, one leaves, one is killed and does not say so, others come instead. Whenever the group has settled each partition has one owner; in the end every
/// record has been delivered, and none twice but those that a killed member had and could not commit.
/// </summary>
internal static class GroupSurvival
{
    /// <summary>Short, for a killed member is noticed by it; long enough for a machine that is busy.</summary>
    public const int SessionMs = 20_000;

    const int Patience = 150;

    /// <param name="broker">The broker.</param>
    /// <param name="topic">A new topic of three partitions or more.</param>
    /// <param name="partitions">How many it has.</param>
    /// <param name="join">Starts a member.</param>
    /// <param name="isExact">The client commits what it has before it gives partitions back; some do not.</param>
    /// <param name="leavesCleanly">It also does when it is told to end.</param>
    public static async Task HoldsAsync(BrokerProcess broker, string topic, int partitions, Func<IGroupMember> join, bool isExact = true, bool leavesCleanly = true)
    {
        await using var load = new Load(broker.Bootstrap, topic);
        await using var first = join();
        await OwnAllAsync("one that joined", first);
        await using var second = join();
        await OwnAllAsync("two that joined", first, second);
        await using var third = join();
        await OwnAllAsync("three that joined", first, second, third);
        await second.LeaveAsync();
        await OwnAllAsync("two that were left", first, third);
        third.Kill();
        await OwnAllAsync("one that survived", first);
        await using var fourth = join();
        await OwnAllAsync("two after another came", first, fourth);
        await using var fifth = join();
        await OwnAllAsync("three after others came", first, fourth, fifth);

        var sent = await load.StopAsync();
        Assert.True(sent > 100, $"only {sent} records were the load");
        IGroupMember[] all = [first, second, third, fourth, fifth];
        await Eventually.HoldsAsync(
            () => Delivered(all).Count >= sent, () => $"{sent} records delivered; there are {Delivered(all).Count}", Patience);
        foreach (var member in (IGroupMember[])[first, fourth, fifth]) await member.LeaveAsync();
        Assert.Equal(sent, Delivered(all).Count);
        var ofKilled = third.Records.Concat(leavesCleanly ? [] : second.Records).Select(record => record.Value).ToHashSet();
        if (isExact) Assert.DoesNotContain(Delivered(all), value => value.Count > 1 && !ofKilled.Contains(value.Value));

        async Task OwnAllAsync(string who, params IGroupMember[] members) => await Eventually.HoldsAsync(
            () => members.All(member => member.Assigned.Count > 0)
                && members.SelectMany(member => member.Assigned).Order().SequenceEqual(Enumerable.Range(0, partitions)),
            () => $"each partition with one owner of {who}: {string.Join("; ", members.Select(member => $"[{string.Join(' ', member.Assigned)}] {member}"))}",
            Patience);
    }

    static List<(string? Value, int Count)> Delivered(IGroupMember[] members) =>
        [.. members.SelectMany(member => member.Records).GroupBy(record => record.Value).Select(value => (value.Key, value.Count()))];

    /// <summary>A producer that does not stop before it is told to.</summary>
    sealed class Load : IAsyncDisposable
    {
        readonly IProducer<string, string> _producer;
        readonly CancellationTokenSource _stopping = new();
        readonly Task<int> _sending;

        public Load(string bootstrap, string topic)
        {
            _producer = new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = bootstrap, EnableIdempotence = true }).SetLogHandler((_, _) => { }).Build();
            _sending = Task.Run(() => SendAsync(topic));
        }

        public async Task<int> StopAsync()
        {
            await _stopping.CancelAsync();
            return await _sending;
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _producer.Dispose();
            _stopping.Dispose();
        }

        async Task<int> SendAsync(string topic)
        {
            var sent = 0;
            while (!_stopping.IsCancellationRequested)
            {
                await _producer.ProduceAsync(topic, new Message<string, string> { Key = $"key-{sent}", Value = $"value {sent}" });
                sent++;
                await Task.Delay(40);
            }

            return sent;
        }
    }
}
