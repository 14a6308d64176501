using System.IO.Compression;
using System.Text.Json;

namespace StreamActors.Cluster.Tests.Configs;

/// <summary>The tables of settings as the classes of Apache Kafka 4.3 print them.</summary>
internal static class ReferenceConfigs
{
    public static IReadOnlyList<JsonElement> Section(string name) => [.. Root.GetProperty(name).EnumerateArray()];

    public static IEnumerable<string> Lines(string resource)
    {
        using var reader = new StreamReader(Open(resource));
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    private static readonly JsonElement Root = Read();

    private static JsonElement Read()
    {
        using var unpacked = new GZipStream(Open("kafka-configs.json.gz"), CompressionMode.Decompress);
        using var document = JsonDocument.Parse(unpacked);
        return document.RootElement.Clone();
    }

    private static Stream Open(string resource) => typeof(ReferenceConfigs).Assembly.GetManifestResourceStream(resource)!;
}
