using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Disk;

/// <summary>
/// A disk's bad days, by the seed: operations fail now and then, and the machine loses its power, or the process its life, right before
/// or after an operation that the seed picks.
/// </summary>
internal sealed class DiskWeather(WorldRandom random, Counters counters, double failureRate, int operationsBetweenCrashes, Action<string> crash) : IDiskFaults
{
    private int left = operationsBetweenCrashes > 0 ? random.Next(1, operationsBetweenCrashes) : int.MaxValue;

    public IOException? Before(DiskOperation operation, string path)
    {
        if (--left == 0 && random.Chance(0.5)) Crash($"before {operation}");
        return failureRate > 0 && random.Chance(failureRate) ? new IOException($"{operation} of {path} fails, says the seed") : null;
    }

    public void After(DiskOperation operation, string path)
    {
        if (left <= 0) Crash($"after {operation}");
    }

    private void Crash(string where)
    {
        left = random.Next(1, operationsBetweenCrashes);
        counters.Add($"crash {where}");
        crash(where);
    }
}
