using System.Collections.Concurrent;
using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Actors;

/// <summary>
/// Akka makes its scheduler from a class name and configuration alone, so the process goes in as a number. A ticket is good once,
/// and each World's thread only ever sees its own.
/// </summary>
internal static class ProcessTickets
{
    public const string ConfigPath = "simulation.process";

    private static readonly ConcurrentDictionary<int, SimulatedProcess> Waiting = new();
    private static int last;

    public static int Issue(SimulatedProcess process)
    {
        var ticket = Interlocked.Increment(ref last);
        Waiting[ticket] = process;
        return ticket;
    }

    public static SimulatedProcess Redeem(int ticket) =>
        Waiting.TryRemove(ticket, out var process) ? process : throw new InvalidOperationException($"No process waits with ticket {ticket}.");
}
