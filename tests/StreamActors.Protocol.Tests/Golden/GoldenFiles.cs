using System.IO.Compression;
using System.Text.Json;

namespace StreamActors.Protocol.Tests.Golden;

/// <summary>
/// The golden data: bytes that Apache Kafka's own classes wrote, with what they mean as JSON. A further folder of the same
/// form is read too where the variable STREAMACTORS_VECTORS names it.
/// </summary>
internal static class GoldenFiles
{
    public static IReadOnlyList<string> Roots { get; } = FindRoots();

    /// <summary>The files below <paramref name="folder"/> in all roots, as (root, path within it).</summary>
    public static IEnumerable<(string Root, string Path)> Below(string folder) =>
        from root in Roots
        let directory = Path.Combine(root, folder)
        where Directory.Exists(directory)
        from file in Directory.EnumerateFiles(directory, "*.jsonl.gz", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        select (root, Path.GetRelativePath(root, file));

    public static IEnumerable<JsonElement> Lines(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            using var document = JsonDocument.Parse(line);
            yield return document.RootElement.Clone();
        }
    }

    public static JsonElement Misc()
    {
        using var stream = new GZipStream(File.OpenRead(Path.Combine(Roots[0], "misc.json.gz")), CompressionMode.Decompress);
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }

    /// <summary>The frames of requests or responses, without their length, and the line that tells of them.</summary>
    public static IEnumerable<(JsonElement Line, byte[] Frame)> Frames(string file) =>
        from root in Roots
        let path = Path.Combine(root, "frames", file)
        where File.Exists(path)
        from line in Lines(path)
        select (line, line.GetProperty("frame").GetBytesFromBase64());

    private static List<string> FindRoots()
    {
        var roots = new List<string> { Path.Combine(AppContext.BaseDirectory, "Data") };
        if (Environment.GetEnvironmentVariable("STREAMACTORS_VECTORS") is { Length: > 0 } more) roots.Add(more);
        return roots;
    }
}
