using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Disk;

/// <summary>
/// A disk's bad days, by the seed: operations fail now and then, and the machine loses its power, or the process its life, right before
/// or after an operation that the seed picks.
/// </summary>
/// <param name="random">The seed's.</param>
/// <param name="counters">Told of each crash: how it came, and what it came upon.</param>
/// <param name="failureRate">Of operations, between 0 and 1.</param>
/// <param name="operationsBetweenCrashes">At most; 0 for none.</param>
/// <param name="crash">Ends the process, or takes the power.</param>
/// <param name="failing">Only what lies under this path fails; where it is empty all does.</param>
internal sealed class DiskWeather(
    WorldRandom random, Counters counters, double failureRate, int operationsBetweenCrashes, Action<string> crash, string failing = "") : IDiskFaults
{
    private int left = operationsBetweenCrashes > 0 ? random.Next(1, operationsBetweenCrashes) : int.MaxValue;

    public IOException? Before(DiskOperation operation, string path)
    {
        if (--left == 0 && random.Chance(0.5)) Crash("before", operation, path);
        return failureRate > 0 && path.StartsWith(failing, StringComparison.Ordinal) && random.Chance(failureRate)
            ? new IOException($"{operation} of {path} fails, says the seed")
            : null;
    }

    public void After(DiskOperation operation, string path)
    {
        if (left <= 0) Crash("after", operation, path);
    }

    private void Crash(string when, DiskOperation operation, string path)
    {
        left = random.Next(1, operationsBetweenCrashes);
        counters.Add($"crash {when} {operation}");
        counters.Add($"crash at {CrashPoints.Of(operation, path)}");
        crash($"{when} {operation} of {path}");
    }
}
