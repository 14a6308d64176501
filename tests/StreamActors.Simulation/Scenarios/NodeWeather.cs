using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Scenarios;

/// <summary>What a seed makes of a run before it begins: how large it is, and how bad things get.</summary>
internal sealed record NodeWeather
{
    public required TimeSpan Duration { get; init; }

    /// <summary>The faults begin before the topics are there.</summary>
    public required bool StartsBadly { get; init; }

    public required double DiskFailureRate { get; init; }

    /// <summary>0: the machine fails between operations of the disk only.</summary>
    public required int DiskOperationsBetweenCrashes { get; init; }

    public required double NetworkBreakage { get; init; }

    public required long SnapshotAfterBytes { get; init; }

    public required TimeSpan PassivateAfter { get; init; }

    public required int SegmentBytes { get; init; }

    public required TimeSpan DeliveryTimeout { get; init; }

    public static NodeWeather Of(WorldRandom random) => new()
    {
        Duration = random.Between(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5)),
        StartsBadly = random.Chance(0.5),
        DiskFailureRate = random.Chance(0.3) ? 0.003 : 0,
        DiskOperationsBetweenCrashes = random.Pick([0, 0, 60, 300]),
        NetworkBreakage = random.Pick([0, 0.002, 0.02]),
        SnapshotAfterBytes = random.Pick([500L, 2_000L, 20L << 20]),
        PassivateAfter = random.Pick([TimeSpan.Zero, TimeSpan.FromMilliseconds(300), TimeSpan.FromMinutes(2)]),
        SegmentBytes = random.Pick([3_000, 20_000, 1 << 20]),
        DeliveryTimeout = random.Pick([TimeSpan.FromSeconds(4), TimeSpan.FromMinutes(2)]),
    };
}
