using System.Diagnostics;
using Akka.Actor;
using Microsoft.Win32.SafeHandles;
using StreamActors.Benchmarks.Load;
using StreamActors.Benchmarks.Measuring;
using StreamActors.Benchmarks.Replicas;
using StreamActors.Broker.Replicas;
using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage;
using StreamActors.Storage.Files;

namespace StreamActors.Benchmarks;

/// <summary>
/// The log against the bare file: batches of 64 KiB through a replica's actor beside <c>pwrite</c> of the same bytes, reads through a view beside
/// <c>pread</c>, by turns in one run; then whether both stay as fast while a log grows.
/// </summary>
internal static class LogBenchmark
{
    private const int InFlight = 8;
    private const int ReadSize = 64 * 1024;

    private static readonly byte[] batch = Requests.Batch();
    private static readonly byte[] buffer = new byte[1 << 20];
    private static readonly int recordsInBatch = new RecordBatchHeader(batch).Count;

    public static async Task<int> RunAsync(Options options)
    {
        var batches = (int)(((long)options.Int("mib", 1024) << 20) / batch.Length);
        using var folder = new TempFolder();
        await using var node = await BenchmarkNode.StartAsync(
            PhysicalDisk.Instance, folder.Path, options.Int("gather", 0) is > 0 and var kib ? new ReplicaSettings { MaxGatheredBytes = kib << 10 } : null);
        var (plain, actor, pread, view, randomPread, randomView) = (new Sample(), new Sample(), new Sample(), new Sample(), new Sample(), new Sample());
        var (plainCpu, actorCpu, ratio) = (new Sample(), new Sample(), new Sample());
        for (var round = 0; round <= options.Int("rounds", 5); round++)
        {
            var path = Path.Combine(folder.Path, "plain");
            var handle = await node.CreateAsync($"log-{round}");
            using var file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite);
            await SettleAsync();
            var cpu = CpuClock.Process;
            var written = Speed(batches, batch.Length, () => WritePlainly(file, batches));
            if (round > 0) plainCpu.Add(Cost(cpu, batches));
            await SettleAsync();
            cpu = CpuClock.Process;
            var appended = await SpeedAsync(batches, batch.Length, () => AppendAsync(handle.Actor, batches));
            if (round > 0) actorCpu.Add(Cost(cpu, batches));
            if (round > 0) ratio.Add(100 * appended / written);
            Sample[] samples = [plain, actor, pread, view, randomPread, randomView];
            double[] speeds =
            [
                written, appended,
                Speed(batches, batch.Length, () => Read(batches, at => RandomAccess.Read(file, Buffer(batch.Length), (long)at * batch.Length))),
                Speed(batches, batch.Length, () => Read(batches, at => ReadLog(handle.View, at, batch.Length))),
                Speed(batches, batch.Length, () => Read(batches, at => RandomAccess.Read(file, Buffer(batch.Length), (long)Scatter(at, batches) * batch.Length))),
                Speed(batches, batch.Length, () => Read(batches, at => ReadLog(handle.View, Scatter(at, batches), batch.Length))),
            ];
            // The first round warms up.
            for (var each = 0; round > 0 && each < samples.Length; each++) samples[each].Add(speeds[each]);
            Forget(path, Path.Combine(folder.Path, $"log-{round}-0"));
        }

        Report("append", "pwrite", actor, plain);
        Console.WriteLine($"append          round by round {ratio.Text("0")} %; CPU a batch {actorCpu.Text("0.0")} us, pwrite {plainCpu.Text("0.0")} us");
        Report("read in order", "pread", view, pread);
        Report("read at random", "pread", randomView, randomPread);
        await GrowAsync(node, (long)options.Int("gib", 8) << 30);
        return 0;
    }

    /// <summary>Both sides give their memory back, so that neither writes to pages that the machine has yet to be given: in a virtual one that costs more than the write.</summary>
    private static void Forget(string plain, string log)
    {
        File.Delete(plain);
        foreach (var segment in Directory.GetFiles(log, "*.log"))
        {
            using var file = File.OpenHandle(segment, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.SetLength(file, 0);
        }
    }

    private static double Cost(TimeSpan before, int batches) => (CpuClock.Process - before).TotalMicroseconds / batches;

    private static void Report(string what, string beside, Sample ours, Sample bare) => Console.WriteLine(FormattableString.Invariant(
        $"{what,-15} log {ours.Text("0")} MB/s, {beside} {bare.Text("0")} MB/s: {100 * ours.Median / bare.Median:0} %"));

    /// <summary>The cost of a batch each time that the log has doubled.</summary>
    private static async Task GrowAsync(BenchmarkNode node, long most)
    {
        var handle = await node.CreateAsync("growing");
        for (var size = 1L << 20; size <= most; size *= 2)
        {
            var more = (int)((size - handle.View.SizeInBytes) / batch.Length);
            if (more <= 0) continue;
            var cpu = CpuClock.Process;
            await AppendAsync(handle.Actor, more);
            var append = (CpuClock.Process - cpu).TotalMicroseconds / more;
            var total = (int)handle.View.LogEndOffset.Value / recordsInBatch;
            var reads = Math.Min(total, 4000);
            var thread = CpuClock.Thread;
            Read(reads, at => ReadLog(handle.View, Scatter(at, total), batch.Length));
            Console.WriteLine(FormattableString.Invariant(
                $"a log of {size >> 20,6} MiB: append {append:0.0} us of CPU a batch, read at random {(CpuClock.Thread - thread) / 1e3 / reads:0.0} us"));
        }
    }

    /// <summary>Has the system write what it holds back, so that neither side pays for the other.</summary>
    private static async Task SettleAsync()
    {
        using var sync = Process.Start("sync");
        await sync.WaitForExitAsync();
    }

    private static void WritePlainly(SafeFileHandle file, int batches)
    {
        for (var at = 0; at < batches; at++) RandomAccess.Write(file, batch, (long)at * batch.Length);
    }

    private static Task AppendAsync(IActorRef replica, int batches)
    {
        var left = batches;
        return Task.WhenAll(Enumerable.Range(0, InFlight).Select(_ => Task.Run(async () =>
        {
            var own = batch.ToArray();
            while (Interlocked.Decrement(ref left) >= 0)
            {
                var append = AwaitedAppend.Rent(own, RequiredAcks.Leader);
                replica.Tell(append, ActorRefs.NoSender);
                var outcome = await append.Answer;
                if (outcome.Error != ErrorCode.None) throw new InvalidOperationException($"{outcome.Error}: {outcome.ErrorMessage}");
            }
        })));
    }

    private static void Read(int reads, Func<int, int> read)
    {
        for (var at = 0; at < reads; at++)
        {
            if (read(at) == 0) throw new InvalidOperationException($"Nothing was read at {at}");
        }
    }

    private static int ReadLog(LogView view, int batch, int size)
    {
        var read = view.Read(new Offset((long)batch * recordsInBatch), ReadSize, minOneBatch: true, Isolation.LogEnd);
        if (read.Records.Source is { } source) source.CopyTo(0, Buffer(size)[..source.Length]);
        return read.Records.Length;
    }

    /// <summary>A place that has nothing to do with the last one, the same for both sides.</summary>
    private static int Scatter(int at, int count) => (int)((at * 2654435761L) % count);

    private static Span<byte> Buffer(int size) => buffer.AsSpan(0, size);

    private static double Speed(int batches, int size, Action run)
    {
        var start = Stopwatch.GetTimestamp();
        run();
        return (double)batches * size / 1e6 / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<double> SpeedAsync(int batches, int size, Func<Task> run)
    {
        var start = Stopwatch.GetTimestamp();
        await run();
        return (double)batches * size / 1e6 / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
