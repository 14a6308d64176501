using StreamActors.Simulation.Engine;
using StreamActors.Simulation.Scenarios;
using Xunit.Abstractions;

namespace StreamActors.Simulation.Tests;

public sealed class NodeScenarioTests(ITestOutputHelper output)
{
    private const int DefaultSeeds = 500;

    /// <summary>Without any of these a run of all seeds would show less than it says.</summary>
    private static readonly string[] FaultKinds =
    [
        "crash.Lost", "crash.Prefix", "crash.Scattered", "crash.lost writes", "crash.lost names", "crash.torn writes", "crash.reordered writes",
        "crash before Write", "crash after Write", "crash before Sync", "crash after Sync", "crash before Create", "crash before Rename",
        "crash before SyncDirectory", "crash after SyncDirectory", "disk.Write failed", "disk.Sync failed", "disk.Create failed",
        "node.killed", "node.killed while starting", "node.lost power", "node.lost power while starting", "node.stopped", "fate.DiskFailed",
        "network.cut", "network.refused", "network.broken", "network.split",
        "records acknowledged", "records failed", "records consumed",
    ];

    [Fact]
    public void What_was_acknowledged_as_flushed_is_never_lost_and_after_healing_everybody_gets_through()
    {
        // STREAMACTORS_SEEDS asks for more of them, or fewer.
        var seeds = int.TryParse(Environment.GetEnvironmentVariable("STREAMACTORS_SEEDS"), out var wanted) ? wanted : DefaultSeeds;
        var outcomes = new Outcome[seeds];
        // Each World stays on the thread that it began on; two of them know nothing of each other.
        var next = -1;
        var threads = Enumerable.Range(0, Math.Min(2, Environment.ProcessorCount)).Select(_ => new Thread(RunSeeds)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        var counters = new Counters();
        foreach (var outcome in outcomes) counters.Add(outcome.Counters);
        output.WriteLine($"{seeds} seeds: {counters}");
        var failed = outcomes.Where(outcome => outcome.Failure is not null).ToList();
        Assert.True(failed.Count == 0, string.Join('\n', failed.Take(10).Select(outcome => $"{outcome}\nRepeat it: {outcome.Command}")));
        if (seeds >= DefaultSeeds) Assert.All(FaultKinds, kind => Assert.True(counters[kind] > 0, $"'{kind}' never happened"));

        void RunSeeds()
        {
            for (var index = Interlocked.Increment(ref next); index < seeds; index = Interlocked.Increment(ref next))
                outcomes[index] = Outcome.Of(new NodeScenario(), (ulong)index + 1);
        }
    }

    [Theory]
    [InlineData(nameof(Mutant.DiskIgnoresSync))]
    [InlineData(nameof(Mutant.DiskIgnoresSyncOfNames))]
    [InlineData(nameof(Mutant.AcknowledgesBeforeSync))]
    public void A_planted_bug_is_found(string name)
    {
        const int patience = 40;
        var scenario = new NodeScenario(Enum.Parse<Mutant>(name));
        for (var seed = 1UL; seed <= patience; seed++)
        {
            if (Outcome.Of(scenario, seed).Failure is not { } failure) continue;
            output.WriteLine($"Seed {seed}: {failure}");
            return;
        }

        Assert.Fail($"{patience} seeds found nothing wrong with {name}.");
    }
}
