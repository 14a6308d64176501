using StreamActors.Simulation.Engine;
using StreamActors.Simulation.Groups;
using StreamActors.Simulation.Scenarios;
using Xunit.Abstractions;

namespace StreamActors.Simulation.Tests;

public sealed class GroupScenarioTests(ITestOutputHelper output)
{
    private const int Seeds = 120;

    /// <summary>Without any of these a run of all seeds would show less than it says.</summary>
    private static readonly string[] Kinds =
    [
        "coordinator.moved", "coordinator.moved, compacted", "coordinator.records lost", "network.request lost", "network.request repeated", "network.answer lost",
        "consumer.killed", "consumer.left", "consumer.paused", "topic.grew", "partitions taken", "offsets committed",
        "heartbeat.FencedMemberEpoch", "heartbeat.UnknownMemberId", "classic.RebalanceInProgress", "classic.UnknownMemberId",
        "commit.StaleMemberEpoch", "commit.UnknownMemberId",
    ];

    [Fact]
    public void No_partition_has_two_readers_no_offset_goes_back_and_after_calm_every_partition_has_its_reader()
    {
        var counters = new Counters();
        var outcomes = new Outcome[Seeds];
        // Each World stays on the thread that it began on; two of them know nothing of each other.
        var next = -1;
        var threads = Enumerable.Range(0, Math.Min(2, Environment.ProcessorCount)).Select(_ => new Thread(RunSeeds)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        foreach (var outcome in outcomes)
        {
            Assert.True(outcome.Failure is null, $"{outcome}\nRepeat it: {outcome.Command}");
            counters.Add(outcome.Counters);
        }

        output.WriteLine($"{Seeds} seeds: {counters}");
        Assert.All(Kinds, kind => Assert.True(counters[kind] > 0, $"'{kind}' never happened"));

        void RunSeeds()
        {
            for (var index = Interlocked.Increment(ref next); index < Seeds; index = Interlocked.Increment(ref next))
                outcomes[index] = Outcome.Of(new GroupScenario(), (ulong)index + 1);
        }
    }

    [Theory]
    [InlineData(nameof(GroupMutant.AnswersBeforeCommit))]
    [InlineData(nameof(GroupMutant.LosesCommitted))]
    [InlineData(nameof(GroupMutant.ForgetsRevocations))]
    public void A_planted_bug_is_found(string name)
    {
        for (var seed = 1UL; seed <= 3 * Seeds; seed++)
        {
            if (Outcome.Of(new GroupScenario(Enum.Parse<GroupMutant>(name)), seed).Failure is not { } failure) continue;
            output.WriteLine($"Seed {seed}: {failure}");
            return;
        }

        Assert.Fail($"{3 * Seeds} seeds found nothing wrong with {name}.");
    }
}
