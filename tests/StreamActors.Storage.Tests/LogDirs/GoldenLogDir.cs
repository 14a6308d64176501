using System.IO.Compression;
using System.Text.Json;
using StreamActors.Protocol;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Tests.LogDirs;

/// <summary>A copy of a real broker's data folder, and the listing of what its clients saw.</summary>
public sealed class GoldenLogDir : IDisposable
{
    private readonly TempFolder folder = new();

    public GoldenLogDir(string name)
    {
        ZipFile.ExtractToDirectory(Path.Combine(AppContext.BaseDirectory, "Data", name + ".zip"), folder.Path);
        using var listing = new GZipStream(File.OpenRead(folder.In("listing.json.gz")), CompressionMode.Decompress);
        Listing = JsonDocument.Parse(listing).RootElement;
    }

    public JsonElement Listing { get; }

    public string DataPath => folder.In("data");

    public IEnumerable<(TopicPartition Partition, TopicId Id, LogConfig Config, JsonElement Expected)> Partitions()
    {
        foreach (var topic in Listing.GetProperty("topics").EnumerateObject())
        {
            Assert.True(TopicId.TryParse(topic.Value.GetProperty("id").GetString(), out var id));
            var config = LogConfig.Parse(topic.Value.GetProperty("configs").EnumerateObject().ToDictionary(c => c.Name, c => c.Value.GetString()!));
            foreach (var partition in topic.Value.GetProperty("partitions").EnumerateArray())
                yield return (new TopicPartition(topic.Name, partition.GetProperty("partition").GetInt32()), id, config, partition);
        }
    }

    public LogDirectory Open() =>
        LogDirectory.Open(PhysicalDisk.Instance, DataPath, new BrokerId(1), new Guid(7, 0, 0, new byte[8]));

    public void Dispose() => folder.Dispose();
}
