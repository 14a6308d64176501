using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using StreamActors.Benchmarks.Load;
using StreamActors.Benchmarks.Measuring;
using StreamActors.Benchmarks.Replicas;
using StreamActors.Broker.Replicas;
using StreamActors.Storage.Files;

namespace StreamActors.Benchmarks;

/// <summary>
/// The log against the bare file: batches of 64 KiB through a replica's actor beside <c>pwrite</c> of the same bytes, reads through a view beside
/// <c>pread</c>, by turns in one run.
/// </summary>
internal static class LogBenchmark
{
    public static async Task<int> RunAsync(Options options)
    {
        var batches = (int)(((long)options.Int("mib", 1024) << 20) / BatchLoad.Batch.Length);
        using var folder = new TempFolder();
        PageCache.Fill(Path.Combine(folder.Path, "filler"), options.Int("fill-gib", -1));
        await using var node = await BenchmarkNode.StartAsync(
            PhysicalDisk.Instance, folder.Path, options.Int("gather", 0) is > 0 and var kib ? new ReplicaSettings { MaxGatheredBytes = kib << 10 } : null);
        var (append, inOrder, atRandom) = (new Pair(), new Pair(), new Pair());
        var (plainCpu, actorCpu) = (new Sample(), new Sample());
        for (var round = 0; round <= options.Int("rounds", 5); round++)
        {
            var handle = await node.CreateAsync($"log-{round}");
            using var file = File.OpenHandle(Path.Combine(folder.Path, $"plain-{round}"), FileMode.Create, FileAccess.ReadWrite);
            await PageCache.SettleAsync();
            var cpu = CpuClock.Process;
            var written = Speed(batches, () => WritePlainly(file, batches));
            var plainCost = Cost(cpu, batches);
            await PageCache.SettleAsync();
            cpu = CpuClock.Process;
            var appended = await SpeedAsync(batches, () => BatchLoad.AppendAsync([handle], batches));
            var actorCost = Cost(cpu, batches);
            double[] reads =
            [
                Speed(batches, () => Read(batches, at => ReadPlainly(file, at))),
                Speed(batches, () => Read(batches, at => BatchLoad.Read(handle.View, at))),
                Speed(batches, () => Read(batches, at => ReadPlainly(file, BatchLoad.Scatter(at, batches)))),
                Speed(batches, () => Read(batches, at => BatchLoad.Read(handle.View, BatchLoad.Scatter(at, batches)))),
            ];
            // The first round warms up.
            if (round == 0) continue;
            plainCpu.Add(plainCost);
            actorCpu.Add(actorCost);
            append.Add(appended, written);
            inOrder.Add(reads[1], reads[0]);
            atRandom.Add(reads[3], reads[2]);
        }

        append.Report("append", "pwrite");
        Console.WriteLine($"                CPU a batch {actorCpu.Text("0.0")} us, pwrite {plainCpu.Text("0.0")} us");
        inOrder.Report("read in order", "pread");
        atRandom.Report("read at random", "pread");
        return 0;
    }

    private static double Cost(TimeSpan before, int batches) => (CpuClock.Process - before).TotalMicroseconds / batches;

    private static void WritePlainly(SafeFileHandle file, int batches)
    {
        for (var at = 0; at < batches; at++) RandomAccess.Write(file, BatchLoad.Batch, (long)at * BatchLoad.Batch.Length);
    }

    private static int ReadPlainly(SafeFileHandle file, int batch) => RandomAccess.Read(file, BatchLoad.Buffer, (long)batch * BatchLoad.Batch.Length);

    private static void Read(int reads, Func<int, int> read)
    {
        for (var at = 0; at < reads; at++)
        {
            if (read(at) == 0) throw new InvalidOperationException($"Nothing was read at {at}");
        }
    }

    private static double Speed(int batches, Action run)
    {
        var start = Stopwatch.GetTimestamp();
        run();
        return (double)batches * BatchLoad.Batch.Length / 1e6 / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<double> SpeedAsync(int batches, Func<Task> run)
    {
        var start = Stopwatch.GetTimestamp();
        await run();
        return (double)batches * BatchLoad.Batch.Length / 1e6 / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Ours and the bare file's, in MB/s, round by round.</summary>
    private sealed class Pair
    {
        private readonly Sample ours = new();
        private readonly Sample bare = new();
        private readonly Sample percent = new();

        public void Add(double log, double file)
        {
            ours.Add(log);
            bare.Add(file);
            percent.Add(100 * log / file);
        }

        public void Report(string what, string beside) => Console.WriteLine(FormattableString.Invariant(
            $"{what,-15} log {ours.Text("0")} MB/s, {beside} {bare.Text("0")} MB/s: {100 * ours.Median / bare.Median:0} %; round by round {percent.Text("0")} %"));
    }
}
