using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using StreamActors.Benchmarks.Parts;

namespace StreamActors.Benchmarks;

/// <summary>What a log is made of, each by itself, by BenchmarkDotNet in this process: medians, and what is allocated.</summary>
internal static class PartsBenchmark
{
    public static Task<int> RunAsync()
    {
        var job = Job.ShortRun.WithToolchain(InProcessNoEmitToolchain.Instance);
        var config = new ManualConfig()
            .AddJob(job).AddDiagnoser(MemoryDiagnoser.Default).AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(NullLogger.Instance).WithOption(ConfigOptions.DisableLogFile, true);
        config.ArtifactsPath = Path.Combine(Path.GetTempPath(), $"parts-{Environment.ProcessId}");
        foreach (var parts in (Type[])[typeof(BatchParts), typeof(LogParts)])
        {
            var summary = BenchmarkRunner.Run(parts, config);
            MarkdownExporter.Console.ExportToLog(summary, ConsoleLogger.Default);
            if (summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success)) return Task.FromResult(1);
        }

        if (Directory.Exists(config.ArtifactsPath)) Directory.Delete(config.ArtifactsPath, recursive: true);
        return Task.FromResult(0);
    }
}
