using Akka.Actor;
using Akka.Event;
using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Actors;

/// <summary>Writes what a node logs into the trace: warnings and errors are part of what a run did.</summary>
internal sealed class LogActor(SimulatedProcess process) : UntypedActor
{
    protected override void OnReceive(object message)
    {
        if (message is not LogEvent logged) return;
        // Causes are told apart by type: stack traces name lines, which differ between builds of the same code.
        process.World.Note(process, $"{logged.LogLevel()} {logged.LogSource}: {logged.Message} {logged.Cause?.GetType().Name}");
    }
}
