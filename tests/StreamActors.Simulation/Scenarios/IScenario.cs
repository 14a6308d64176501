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
