using StreamActors.Cluster;
using StreamActors.Commands;
using StreamActors.Configuration;

namespace StreamActors.Hosting;

/// <summary>Runs a node until it is told to stop.</summary>
public static class ServerHost
{
    /// <returns>The exit code of the process (<see cref="ExitCode"/>).</returns>
    public static Task<int> RunAsync(ServerSettings settings, CancellationToken cancellation)
    {
        Console.Error.WriteLine($"streamactors: node {settings.NodeId} is configured, but this build has no server in it");
        return Task.FromResult((int)ExitCode.Failed);
    }
}
