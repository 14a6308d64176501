using System.Diagnostics;

namespace StreamActors.Simulation.Tests;

/// <summary>This assembly again, as a program in a process of its own: strings hash differently there.</summary>
internal static class ChildProcess
{
    public static async Task<string[]> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ChildProcess).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, UseShellExecute = false };
        using var process = Process.Start(start)!;
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        try
        {
            var output = await process.StandardOutput.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            return output.Split('\n', StringSplitOptions.TrimEntries);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }
}
