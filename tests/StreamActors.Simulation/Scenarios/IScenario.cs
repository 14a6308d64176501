using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Scenarios;

/// <summary>A story that is told to a World, and judged. Everything in it comes from the World's seed.</summary>
internal interface IScenario
{
    /// <summary>By which the command line knows it.</summary>
    string Name { get; }

    /// <returns>What is wrong with the run, or null.</returns>
    string? Run(World world, Counters counters);
}

/// <summary>How often each thing happened, so that a suite can show that every kind of fault really struck.</summary>
internal sealed class Counters
{
    private readonly SortedDictionary<string, long> counts = new(StringComparer.Ordinal);

    public long this[string name] => counts.GetValueOrDefault(name);

    public void Add(string name, long count = 1) => counts[name] = this[name] + count;

    public void Add(Counters others)
    {
        foreach (var (name, count) in others.counts) Add(name, count);
    }

    public override string ToString() => string.Join(", ", counts.Select(pair => $"{pair.Key} {pair.Value}"));
}

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
        catch (SimulationFailedException e)
        {
            failure = e.ToString();
        }

        return new Outcome(scenario.Name, seed, world.Trace.Hash, world.Trace.Steps, world.Elapsed, world.ForeignCalls, counters, failure);
    }
}
