using StreamActors.Benchmarks;

return await (args.FirstOrDefault() switch
{
    "replica" => ReplicaBenchmark.RunAsync(new Options(args)),
    "start" => StartBenchmark.RunAsync(new Options(args)),
    "partitions" => PartitionsBenchmark.RunAsync(new Options(args)),
    "connections" => ConnectionsBenchmark.RunAsync(new Options(args)),
    "log" => LogBenchmark.RunAsync(new Options(args)),
    "growth" => GrowthBenchmark.RunAsync(new Options(args)),
    "recovery" => RecoveryBenchmark.RunAsync(new Options(args)),
    "groups" => GroupsBenchmark.RunAsync(new Options(args)),
    "throughput" => ThroughputBenchmark.RunAsync(new Options(args)),
    "parts" => PartsBenchmark.RunAsync(),
    "codec" => CodecBenchmark.RunAsync(),
    _ => Options.ShowHelpAsync(),
});
