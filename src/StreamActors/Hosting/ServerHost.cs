using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StreamActors.Cluster;
using StreamActors.Configuration;
using StreamActors.Protocol;
using StreamActors.Storage;
using StreamActors.Storage.Files;

namespace StreamActors.Hosting;

/// <summary>Runs a node until it is told to stop, by a signal or by its own fate.</summary>
public static class ServerHost
{
    /// <returns>The exit code of the process (<see cref="ExitCode"/>).</returns>
    public static async Task<int> RunAsync(ServerSettings settings, CancellationToken cancellation)
    {
        if (Faults(settings) is { Count: > 0 } faults)
        {
            foreach (var fault in faults) await Console.Error.WriteLineAsync($"streamactors: {fault}");
            return (int)ExitCode.Usage;
        }

        LogDirectories directories;
        try
        {
            directories = LogDirectories.Open(PhysicalDisk.Instance, settings.DataFolders, settings.MetadataFolder, new BrokerId(settings.NodeId), Guid.NewGuid, settings.MaxOpenSegmentFiles > 0 ? new OpenFiles(settings.MaxOpenSegmentFiles) : OpenFiles.OfProcess());
        }
        catch (NoLogDirectoryException failure) when (settings.DataFolders.Length > 1)
        {
            await Console.Error.WriteLineAsync($"streamactors: {failure.Message}");
            return (int)ExitCode.DiskFailed;
        }
        catch (Exception failure) when (failure is DataFolderLockedException or DataFolderMismatchException or UnauthorizedAccessException or InvalidDataException or IOException)
        {
            await Console.Error.WriteLineAsync($"streamactors: {failure.Message}");
            return (int)ExitCode.DataFolderLocked;
        }

        var code = await RunHostAsync(settings, directories, cancellation);
        directories.Close(clean: true);
        return code;
    }

    private static async Task<int> RunHostAsync(ServerSettings settings, LogDirectories directories, CancellationToken cancellation)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.Sources.Add(new HoconConfigurationSource(settings.Root));
        builder.Logging.SetMinimumLevel(settings.LogLevel);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            console.UseUtcTimestamp = true;
        });
        builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.Configure<HostOptions>(host =>
            host.ShutdownTimeout = settings.Shutdown.Drain + settings.Shutdown.Flush + TimeSpan.FromSeconds(15));
        builder.Services.AddSingleton(settings).AddSingleton(directories).AddSingleton(new StartReport(settings, Console.Out));
        builder.Services.AddSingleton<ServerFate>().AddSingleton<NodeService>();
        builder.Services.AddAkka(settings.Cluster.Name, (akka, services) =>
        {
            AkkaHosting.Configure(akka, settings, directories.Metadata);
            akka.AddStartup(services.GetRequiredService<NodeService>().StartAsync);
        });
        using var host = builder.Build();
        var fate = host.Services.GetRequiredService<ServerFate>();
        await host.RunAsync(cancellation);
        return (int)(fate.Code ?? ExitCode.Ok);
    }

    private static List<string> Faults(ServerSettings settings) =>
        [.. settings.Listeners.Select(listener => ListenerTransports.Fault(listener, settings)).OfType<string>()];
}
