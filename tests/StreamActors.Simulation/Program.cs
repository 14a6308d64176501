using StreamActors.Simulation.Engine;
using StreamActors.Simulation.Logs;
using StreamActors.Simulation.Scenarios;

namespace StreamActors.Simulation;

/// <summary>Runs seeds of a scenario: <c>--scenario NAME --seed N [--count N] [--trace]</c>. Exit code 1 where one fails.</summary>
internal static class Program
{
    private static readonly IScenario[] Scenarios =
    [
        new ActorScenario(),
        new NodeScenario(Mutant.DiskIgnoresSync),
        new NodeScenario(Mutant.DiskIgnoresSyncOfNames),
        new NodeScenario(Mutant.AcknowledgesBeforeSync),
        new Groups.GroupScenario(),
        new Groups.GroupScenario(Groups.GroupMutant.AnswersBeforeCommit),
        new Groups.GroupScenario(Groups.GroupMutant.LosesCommitted),
        new Groups.GroupScenario(Groups.GroupMutant.ForgetsRevocations),
        .. Enum.GetValues<PlantedBug>().Select(bug => new LogScenario(bug)),
        new NodeScenario(),
    ];

    private static int Main(string[] args)
    {
        var name = Option("--scenario") ?? Scenarios[^1].Name;
        var first = ulong.Parse(Option("--seed") ?? "1");
        var count = ulong.Parse(Option("--count") ?? "1");
        var scenario = Array.Find(Scenarios, candidate => candidate.Name == name);
        if (scenario is null)
        {
            Console.Error.WriteLine($"No scenario {name}; there are {string.Join(", ", Scenarios.Select(known => known.Name))}.");
            return 2;
        }

        var failed = 0;
        var all = new Counters();
        for (var seed = first; seed < first + count; seed++)
        {
            // Work that left for the thread pool is work that no seed repeats.
            var before = ThreadPool.CompletedWorkItemCount;
            var outcome = Outcome.Of(scenario, seed, args.Contains("--trace") ? Console.Out : null);
            Console.WriteLine($"{outcome}, {ThreadPool.CompletedWorkItemCount - before} on the thread pool");
            all.Add(outcome.Counters);
            if (outcome.Failure is not null) failed++;
        }

        Console.WriteLine($"{failed} of {count} failed; {all}");

        return failed == 0 ? 0 : 1;

        string? Option(string option)
        {
            var index = Array.IndexOf(args, option);
            return index >= 0 && index + 1 < args.Length ? args[index + 1] : null;
        }
    }
}
