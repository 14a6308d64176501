using StreamActors.Simulation.Engine;
using StreamActors.Simulation.Logs;

namespace StreamActors.Simulation.Scenarios;

/// <summary>
/// Logs without a node: two data folders, plain and compacted topics, small segments, and a machine whose disk tears, loses, reorders and misdirects what was not
/// synced, fails, fills up and rots. Cheap, so that there are many seeds.
/// </summary>
internal sealed class LogScenario(PlantedBug bug = PlantedBug.None) : IScenario
{
    public string Name => bug == PlantedBug.None ? "log" : $"log-{bug}";

    public string? Run(World world, Counters counters) => new LogRun(world, counters, bug).Go();
}
