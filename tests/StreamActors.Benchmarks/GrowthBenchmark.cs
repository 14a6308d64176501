using Microsoft.Win32.SafeHandles;
using StreamActors.Benchmarks.Load;
using StreamActors.Benchmarks.Measuring;
using StreamActors.Benchmarks.Replicas;
using StreamActors.Broker.Replicas;
using StreamActors.Storage.Files;

namespace StreamActors.Benchmarks;

/// <summary>
/// What it costs, in CPU, to append a batch of 64 KiB and to read one, while a log grows, and while more and more partitions take turns; beside it what
/// <c>pwrite</c> and <c>pread</c> cost at the same moment. Draws both.
/// </summary>
internal static class GrowthBenchmark
{
    private const int Window = 128;
    private const int Reads = 2000;
    private const int Last = 48;

    public static async Task<int> RunAsync(Options options)
    {
        using var folder = new TempFolder();
        PageCache.Fill(Path.Combine(folder.Path, "filler"), options.Int("fill-gib", -1));
        using var plain = File.OpenHandle(Path.Combine(folder.Path, "plain"), FileMode.Create, FileAccess.ReadWrite);
        await using var node = await BenchmarkNode.StartAsync(PhysicalDisk.Instance, folder.Path);
        var bare = new BareFile(plain);
        // Everything is compiled before anything is measured.
        var first = await node.CreateAsync("warm");
        await BatchLoad.AppendAsync([first], 4000);
        bare.Append(1000);
        ReadAll([first], bare.Read);

        var partitions = new List<Point>();
        for (var count = 1; count <= options.Int("partitions", 10_000); count *= 10)
            partitions.Add(await SpreadAsync(await node.CreateAwakeAsync($"spread-{count}", count), count, bare));
        var sizes = await GrowAsync(await node.CreateAsync("growing"), Path.Combine(folder.Path, "growing-0"), (long)options.Int("gib", 47) << 30, bare);
        if (options.Text("plot") is { } path)
        {
            Draw(sizes, "size of the log, MiB", "What a batch of 64 KiB costs while a log grows").Save(path + "-size.svg");
            Draw(partitions, "partitions", "What a batch of 64 KiB costs in many partitions").Save(path + "-partitions.svg");
        }

        return 0;
    }

    private static async Task<Point> SpreadAsync(ReplicaHandle[] replicas, int count, BareFile bare)
    {
        // Once round, so that each has its files.
        await BatchLoad.AppendAsync(replicas, count);
        var (append, pwrite) = await AppendAsync(replicas, Math.Max(5000, count), bare);
        var (atEnd, read, pread) = ReadAll(replicas, bare.Read);
        return new Point(count, append, pwrite, atEnd, read, pread).Print("partitions");
    }

    private static async Task<List<Point>> GrowAsync(ReplicaHandle log, string segments, long most, BareFile bare)
    {
        var points = new List<Point>();
        for (var size = 1L << 20; most > 0; size = Math.Min(most, size * 2))
        {
            var batches = (int)((size - log.View.SizeInBytes) / BatchLoad.Batch.Length);
            var (append, pwrite) = await AppendAsync([log], Math.Max(1, batches), bare);
            using var files = new BareSegments(segments);
            var (atEnd, read, pread) = ReadAll([log], files.Read);
            points.Add(new Point(size >> 20, append, pwrite, atEnd, read, pread).Print("MiB"));
            if (size == most) break;
        }

        return points;
    }

    /// <summary>Appends, in windows; now and then the bare file is written to.</summary>
    private static async Task<(Sample Ours, Sample Bare)> AppendAsync(IReadOnlyList<ReplicaHandle> replicas, int batches, BareFile bare)
    {
        var (ours, theirs) = (new Sample(), new Sample());
        var windows = Math.Max(1, batches / Window);
        for (var window = 0; window < windows; window++)
        {
            var count = Math.Min(Window, batches);
            var cpu = CpuClock.Process;
            await BatchLoad.AppendAsync(replicas, count);
            ours.Add((CpuClock.Process - cpu).TotalMicroseconds / count);
            // Its file shall not take as much of the disk as the log.
            if (window % Math.Max(1, windows / 40) == 0) theirs.Add(bare.Append(Window));
        }

        return (ours, theirs);
    }

    /// <summary>Reads the last batches of logs, then any of theirs and, by turns, others out of bare files.</summary>
    private static (Sample AtEnd, Sample AtRandom, Sample Bare) ReadAll(IReadOnlyList<ReplicaHandle> replicas, Action<int> readBare)
    {
        var (atEnd, atRandom, bare) = (new Sample(), new Sample(), new Sample());
        for (var at = 0; at < Reads; at += Window)
        {
            atEnd.Add(CostOf(at, ReadLast));
            atRandom.Add(CostOf(at, ReadAny));
            bare.Add(CostOf(at + 1_000_000, readBare));
        }

        return (atEnd, atRandom, bare);

        void ReadLast(int at)
        {
            var replica = replicas[at % replicas.Count];
            var count = BatchLoad.CountIn(replica.View);
            BatchLoad.Read(replica.View, count - 1 - (at % Math.Min(count, Last)));
        }

        void ReadAny(int at)
        {
            var replica = replicas[BatchLoad.Scatter(at, replicas.Count)];
            BatchLoad.Read(replica.View, BatchLoad.Scatter(at, BatchLoad.CountIn(replica.View)));
        }
    }

    private static double CostOf(int from, Action<int> read)
    {
        var cpu = CpuClock.Thread;
        for (var at = from; at < from + Window; at++) read(at);
        return (CpuClock.Thread - cpu) / 1e3 / Window;
    }

    private static Plot Draw(IReadOnlyList<Point> points, string across, string title)
    {
        var plot = new Plot(title, across, "us of CPU a batch");
        plot.Add("append", points.Select(point => (point.At, point.Append.Median)));
        plot.Add("pwrite", points.Select(point => (point.At, point.Pwrite.Median)), isDashed: true);
        plot.Add("read at the end", points.Select(point => (point.At, point.AtEnd.Median)));
        plot.Add("read at random", points.Select(point => (point.At, point.Read.Median)));
        plot.Add("pread", points.Select(point => (point.At, point.Pread.Median)), isDashed: true);
        return plot;
    }

    private sealed record Point(double At, Sample Append, Sample Pwrite, Sample AtEnd, Sample Read, Sample Pread)
    {
        public Point Print(string of)
        {
            Console.WriteLine(FormattableString.Invariant(
                $"{At,7:0} {of}: append {Append.Middle("0.0")}, pwrite {Pwrite.Middle("0.0")}; read at the end {AtEnd.Middle("0.0")}, at random {Read.Middle("0.0")}, pread {Pread.Middle("0.0")} us of CPU a batch"));
            return this;
        }
    }

    /// <summary>A file beside the log, for what the machine makes of the same bytes at that moment.</summary>
    private sealed class BareFile(SafeFileHandle file)
    {
        private int written;

        public double Append(int batches)
        {
            var cpu = CpuClock.Thread;
            for (var at = 0; at < batches; at++) RandomAccess.Write(file, BatchLoad.Batch, (long)written++ * BatchLoad.Batch.Length);
            return (CpuClock.Thread - cpu) / 1e3 / batches;
        }

        public void Read(int at) => RandomAccess.Read(file, BatchLoad.Buffer, (long)BatchLoad.Scatter(at, written) * BatchLoad.Batch.Length);
    }

    /// <summary>The files of a log's segments, as they lie on the disk.</summary>
    private sealed class BareSegments : IDisposable
    {
        private readonly SafeFileHandle[] files;
        private readonly int inEach;
        private readonly int batches;

        public BareSegments(string folder)
        {
            files = [.. Directory.GetFiles(folder, "*.log").Order(StringComparer.Ordinal).Select(path => File.OpenHandle(path))];
            inEach = (int)(RandomAccess.GetLength(files[0]) / BatchLoad.Batch.Length);
            batches = (int)(files.Sum(RandomAccess.GetLength) / BatchLoad.Batch.Length);
        }

        public void Read(int at)
        {
            var batch = BatchLoad.Scatter(at, batches);
            RandomAccess.Read(files[batch / inEach], BatchLoad.Buffer, (long)(batch % inEach) * BatchLoad.Batch.Length);
        }

        public void Dispose()
        {
            foreach (var file in files) file.Dispose();
        }
    }
}
