using System.Globalization;

namespace StreamActors.Benchmarks;

/// <summary>The words behind a subcommand: pairs of <c>--name value</c>.</summary>
internal sealed class Options(string[] args)
{
    public int Int(string name, int otherwise) =>
        Text(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    public string? Text(string name)
    {
        var at = Array.IndexOf(args, "--" + name);
        return at < 0 ? null : at + 1 < args.Length ? args[at + 1] : throw new ArgumentException($"--{name} wants a value.");
    }

    public static Task<int> ShowHelpAsync()
    {
        Console.WriteLine(
            """
            dotnet run -c Release --project tests/StreamActors.Benchmarks -- COMMAND

              replica     [--appends N] [--in-flight N]       there and back between gateway and replica, without a disk
              start       [--times N] [--idle SECONDS]        start of the published binary to the first acknowledged record; idle memory and CPU
              partitions  [--count N] [--image N] [--awake N] partitions that exist and sleep: memory, journal, restart, waking; those awake and idle
              connections [--count N]                         connections that do nothing: memory, CPU
              log         [--rounds N] [--mib N] [--gather KIB] [--fill-gib N]  the log beside the bare file
              growth      [--gib N] [--partitions N] [--fill-gib N] [--plot PATH]  a log that grows, and more and more of them
              recovery    [--count N]                         partitions of a node that was killed
              groups      [--groups N] [--members N] [--large N]  consumer groups: CPU of a heartbeat, time to converge, memory
              throughput  [--rounds N] [--mib N]              1 KiB records in 64 KiB batches, beside the reference where ../shared/kafka is
              parts                                           what a log is made of, each by itself (BenchmarkDotNet)
              codec                                           messages, checksums, compression

            start, partitions, connections, recovery, groups and throughput run artifacts/streamactors/streamactors (./build makes it), or --binary PATH.
            """);
        return Task.FromResult(2);
    }
}
