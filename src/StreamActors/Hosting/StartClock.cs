using System.Diagnostics;

namespace StreamActors.Hosting;

/// <summary>
/// How long this process has been starting. The system's own answer will not do: a script that ends in <c>exec</c> hands its start time on,
/// and <c>./start</c> may have built for a minute before. When the exec was, nobody tells; so the clock runs from the first instruction of
/// <c>Main</c>, and what the runtime took until there counts with the processor time that was used by then, of which the script's is next to nothing.
/// </summary>
internal static class StartClock
{
    private static long begun;
    private static TimeSpan before;

    public static TimeSpan Elapsed => before + Stopwatch.GetElapsedTime(begun);

    /// <summary>The first thing that <c>Main</c> does.</summary>
    public static void Begin() => (begun, before) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
}
