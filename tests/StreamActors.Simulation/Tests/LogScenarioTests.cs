using StreamActors.Simulation.Disk;
using StreamActors.Simulation.Engine;
using StreamActors.Simulation.Logs;
using StreamActors.Simulation.Scenarios;
using Xunit.Abstractions;

namespace StreamActors.Simulation.Tests;

public sealed class LogScenarioTests(ITestOutputHelper output)
{
    private const int DefaultSeeds = 1500;
    private const int Patience = 1000;

    /// <summary>Without any of these a run of all seeds would show less than it says.</summary>
    private static readonly string[] FaultKinds =
    [
        "crash.Lost", "crash.Prefix", "crash.Scattered", "crash.Reordered", "crash.Misdirected",
        "crash.lost writes", "crash.lost names", "crash.torn writes", "crash.reordered writes", "crash.shuffled writes", "crash.misdirected writes",
        "disk.Write failed", "disk.Sync failed", "disk.SyncDirectory failed", "disk.Rename failed", "disk.Create failed", "disk.full",
        "log.killed", "log.died", "log.stopped", "log.could not start", "log.refused to start",
        "log.damage reported", "log.rot unknown to checkpoints was cut", "log.unsynced records were lost", "log.batches refused by a full disk",
        "log.batches appended", "log.flushed", "log.checkpoints", "log.duplicates", "log.compactions", "log.groups swapped", "log.segments retired",
        "log.aborted batches left out", "log.committed batches read",
        "move.begun", "move.copied", "move.swapped", "move.resumed", "move.cut back", "move.dropped", "move.forgotten", "move.undone",
        .. CrashPoints.All.Select(point => $"crash at {point}"),
        .. DiskDamage.Kinds.Select(kind => $"rot.{kind}"),
    ];

    public static TheoryData<string> Bugs => [.. Enum.GetNames<PlantedBug>().Where(name => name != nameof(PlantedBug.None))];

    [Fact]
    public void What_was_flushed_is_never_lost_changed_or_given_again_and_rot_is_told_and_never_served()
    {
        // STREAMACTORS_SEEDS asks for more of them, or fewer.
        var seeds = int.TryParse(Environment.GetEnvironmentVariable("STREAMACTORS_SEEDS"), out var wanted) ? wanted : DefaultSeeds;
        var outcomes = new Outcome[seeds];
        Parallel.For(0, seeds, new ParallelOptions { MaxDegreeOfParallelism = 2 }, index => outcomes[index] = Outcome.Of(new LogScenario(), (ulong)index + 1));
        var counters = new Counters();
        foreach (var outcome in outcomes) counters.Add(outcome.Counters);
        output.WriteLine($"{seeds} seeds: {counters}");
        var failed = outcomes.Where(outcome => outcome.Failure is not null).ToList();
        Assert.True(failed.Count == 0, string.Join('\n', failed.Take(10).Select(outcome => $"{outcome}\nRepeat it: {outcome.Command}")));
        if (seeds >= DefaultSeeds) Assert.All(FaultKinds, kind => Assert.True(counters[kind] > 0, $"'{kind}' never happened"));
    }

    [Theory]
    [MemberData(nameof(Bugs))]
    public void A_planted_bug_is_found(string name)
    {
        var scenario = new LogScenario(Enum.Parse<PlantedBug>(name));
        for (var seed = 1UL; seed <= Patience; seed++)
        {
            if (Outcome.Of(scenario, seed).Failure is not { } failure) continue;
            output.WriteLine($"Seed {seed}: {failure}");
            return;
        }

        Assert.Fail($"{Patience} seeds found nothing wrong with {name}.");
    }

    [Fact]
    public void A_seed_takes_the_same_steps_each_time()
    {
        for (var seed = 1UL; seed <= 20; seed++) Assert.Equal(Outcome.Of(new LogScenario(), seed).TraceHash, Outcome.Of(new LogScenario(), seed).TraceHash);
    }
}
