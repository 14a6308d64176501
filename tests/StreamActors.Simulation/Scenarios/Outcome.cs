using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Scenarios;

/// <summary>One seed, run.</summary>
internal sealed record Outcome(string Scenario, ulong Seed, ulong TraceHash, long Steps, TimeSpan VirtualTime, int ForeignCalls, Counters Counters, string? Failure)
{
    public string Command => $"dotnet run --project tests/StreamActors.Simulation -- --scenario {Scenario} --seed {Seed} --trace";

    public override string ToString() =>
        $"{Scenario} seed {Seed}: trace {TraceHash:x16}, {Steps} steps, {VirtualTime.TotalSeconds:0.000} s of virtual time, {ForeignCalls} foreign calls, {Failure ?? "ok"}";

    public static Outcome Of(IScenario scenario, ulong seed, TextWriter? log = null)
    {
        var world = new World(seed, log);
        var counters = new Counters();
        string? failure;
        try
        {
            failure = scenario.Run(world, counters);
        }
        catch (Exception e) when (e is SimulationFailedException || scenario is LogScenario)
        {
            failure = e.ToString();
        }

        if (world.FirstForeignCall is { } stack) failure = $"{world.ForeignCalls} calls came from foreign threads, the first from{Environment.NewLine}{stack}";

        return new Outcome(scenario.Name, seed, world.Trace.Hash, world.Trace.Steps, world.Elapsed, world.ForeignCalls, counters, failure);
    }
}
