using System.IO.Compression;
using System.Text.Json;

namespace StreamActors.Protocol.Tests.Records;

/// <summary>A file of record batches, and what Kafka's own reader and a real broker made of it.</summary>
public sealed record GoldenBatch(string Name, byte[] Bytes, JsonElement Description)
{
    public IEnumerable<JsonElement> Batches =>
        Description.TryGetProperty("batches", out var batches) ? batches.EnumerateArray() : [];

    /// <summary>The exception that ended reading; null where nothing was wrong.</summary>
    public string? Error => Description.TryGetProperty("error", out var error) ? error.GetString() : null;

    /// <summary>What a broker answered to a Produce request with these records; null where it was not sent to one.</summary>
    public JsonElement? Broker => Description.TryGetProperty("broker", out var broker) ? broker : null;
}

/// <summary>The golden batches: <c>Data/batches.zip</c>, made by Apache Kafka 4.3.1.</summary>
public static class GoldenBatches
{
    private static readonly Lazy<Dictionary<string, GoldenBatch>> All = new(Load);

    public static GoldenBatch Get(string name) => All.Value[name];

    public static TheoryData<string> Names(Func<GoldenBatch, bool> where)
    {
        var names = new TheoryData<string>();
        foreach (var batch in All.Value.Values.Where(where).OrderBy(b => b.Name, StringComparer.Ordinal)) names.Add(batch.Name);
        return names;
    }

    private static Dictionary<string, GoldenBatch> Load()
    {
        using var zip = ZipFile.OpenRead(Path.Combine(AppContext.BaseDirectory, "Data", "batches.zip"));
        var files = zip.Entries.ToDictionary(entry => entry.FullName, Read, StringComparer.Ordinal);
        return files.Keys.Where(name => name.EndsWith(".json", StringComparison.Ordinal)).Select(name => name[..^5]).ToDictionary(
            name => name,
            name => new GoldenBatch(name, files.GetValueOrDefault(name + ".bin") ?? [], JsonDocument.Parse(files[name + ".json"]).RootElement),
            StringComparer.Ordinal);
    }

    private static byte[] Read(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
