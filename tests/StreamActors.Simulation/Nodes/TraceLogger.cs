using Microsoft.Extensions.Logging;
using StreamActors.Simulation.Engine;

namespace StreamActors.Simulation.Nodes;

/// <summary>Writes a process's warnings and errors into the trace.</summary>
internal sealed class TraceLogger(SimulatedProcess process, Counters counters) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        counters.Add($"log.{eventId.Name}");
        process.World.Note(process, $"{logLevel} {eventId.Name}: {formatter(state, exception)} {exception?.GetType().Name}");
        if (process.World.Trace.IsWritten && exception is not null) process.World.Trace.Explain(exception.ToString());
    }
}
