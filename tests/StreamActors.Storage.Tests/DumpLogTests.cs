using System.Diagnostics;
using System.Text.RegularExpressions;
using StreamActors.Protocol.Compression;
using StreamActors.Protocol.Records;

namespace StreamActors.Storage.Tests;

/// <summary>Kafka's own <c>dump-log</c> reads what we write.</summary>
public sealed partial class DumpLogTests
{
    [ReferenceToolFact]
    public void Kafkas_dump_log_finds_nothing_wrong_with_our_files()
    {
        using var fixture = new LogFixture(new LogConfig { SegmentBytes = 6000, IndexIntervalBytes = 200 });
        for (var i = 0; i < 60; i++) fixture.Append(Batches.Of(3, timestamp: 1000 + i, codec: (CompressionCodec)(i % 5), valueBytes: 100));
        for (var i = 0; i < 20; i++) fixture.Append(Batches.OfProducer(7, 1, i, transactional: true));
        fixture.Append(Batches.Marker(7, 1, ControlRecordType.Abort));
        var folder = fixture.LogFolder;
        fixture.Log.Close(clean: true);

        var files = Directory.GetFiles(folder).Where(file => KnownFiles().IsMatch(file) && new FileInfo(file).Length > 0).Order(StringComparer.Ordinal).ToArray();
        Assert.Contains(files, file => file.EndsWith(".txnindex", StringComparison.Ordinal));
        Assert.True(files.Count(file => file.EndsWith(".timeindex", StringComparison.Ordinal)) > 1);
        var output = Dump(files);
        Assert.Equal(60 * 3 + 20 + 1, Records().Count(output));
        Assert.Contains("producerId: 7", output, StringComparison.Ordinal);
        Assert.DoesNotContain("mismatch", output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Found timestamp", output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("isvalid: false", output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("exception", output, StringComparison.OrdinalIgnoreCase);
        fixture.Restart();
    }

    [ReferenceToolFact]
    public void Kafkas_dump_log_finds_nothing_wrong_with_a_compacted_log()
    {
        using var fixture = new LogFixture(new LogConfig { IndexIntervalBytes = 200, CleanupByCompaction = true });
        for (var i = 0; i < 60; i++)
        {
            var records = Enumerable.Range(0, 5).Select(n => ($"k{(i + n) % 20}", n == 0 ? null : new string('v', 100)));
            fixture.Append(Compaction.Cleaning.Batch(records, 1000 + i, (CompressionCodec)(i % 5)));
            if (i % 20 == 19) fixture.Log.Roll(fixture.Now);
        }

        for (var i = 0; i < 20; i++) fixture.Append(Compaction.Cleaning.Batch([($"p{i % 3}", "1")], producer: 7, epoch: 1, sequence: i, transactional: true));
        fixture.Append(Batches.Marker(7, 1, ControlRecordType.Abort));
        fixture.Append(Compaction.Cleaning.Batch("last", "1"));
        fixture.Commit();
        fixture.Log.Roll(fixture.Now);
        Compaction.Cleaning.Run(fixture.Log, fixture.Now);
        var left = LogDirs.LogReading.Consume(fixture.Log.View, Isolation.LogEnd).Count;
        Assert.Equal(21, left);
        var folder = fixture.LogFolder;
        fixture.Log.Close(clean: true);

        var files = Directory.GetFiles(folder).Where(file => KnownFiles().IsMatch(file) && new FileInfo(file).Length > 0).Order(StringComparer.Ordinal).ToArray();
        var output = Dump(files);
        Assert.Equal(left + 1, Records().Count(output));
        Assert.Contains("deleteHorizonMs: OptionalLong[", output, StringComparison.Ordinal);
        Assert.DoesNotContain("mismatch", output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Found timestamp", output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("isvalid: false", output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("exception", output, StringComparison.OrdinalIgnoreCase);
        fixture.Restart();
    }

    private static string Dump(string[] files)
    {
        var start = new ProcessStartInfo(ReferenceToolFactAttribute.Tool!, ["dump-log", "--deep-iteration", "--files", string.Join(',', files)])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(240)));
        Assert.True(process.ExitCode == 0, output);
        return output;
    }

    [GeneratedRegex("\\.(log|index|timeindex|txnindex|snapshot)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex KnownFiles();

    [GeneratedRegex("^\\| offset:", RegexOptions.Multiline, 1000)]
    private static partial Regex Records();
}

/// <summary>A test that needs the reference's tools in ../shared/kafka and a Java runtime; skipped, and said so, where they are not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ReferenceToolFactAttribute : FactAttribute
{
    public ReferenceToolFactAttribute()
    {
        if (Tool is null) Skip = "skipped: no ../shared/kafka";
        else if (!HasJava) Skip = "skipped: no java";
    }

    public static string? Tool { get; } = Find();

    private static bool HasJava =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "java")));

    private static string? Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var tool = Path.Combine(at.FullName, "shared", "kafka", "kafka");
            if (File.Exists(tool)) return tool;
        }

        return null;
    }
}
