using System.Globalization;
using System.Text;
using StreamActors.Protocol;
using StreamActors.Protocol.Records;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Checkpoints;

/// <summary>The file <c>meta.properties</c>, version 1: whose a data folder is, and which one.</summary>
public sealed record MetaProperties(BrokerId NodeId, string ClusterId, TopicId DirectoryId)
{
    private const string FileName = "meta.properties";

    /// <summary>A comment to Kafka: the CRC-32C of what is before it.</summary>
    private const string Seal = "#crc32c=";

    /// <summary>Null where there is no such file.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or of another version.</exception>
    public static MetaProperties? Load(IDisk disk, string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!disk.FileExists(path)) return null;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var text = CheckpointFile.ReadText(disk, path);
        if (text.IndexOf(Seal, StringComparison.Ordinal) is >= 0 and var end && text[(end + Seal.Length)..].TrimEnd() != CrcOf(text[..end]))
            throw new InvalidDataException($"{path} is damaged: it has another checksum than it should");
        foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            var split = line.IndexOf('=', StringComparison.Ordinal);
            if (split > 0 && line[0] is not ('#' or '!')) values[line[..split].Trim()] = line[(split + 1)..].Trim();
        }

        if (values.GetValueOrDefault("version") != "1"
            || !int.TryParse(values.GetValueOrDefault("node.id"), NumberStyles.None, CultureInfo.InvariantCulture, out var nodeId)
            || values.GetValueOrDefault("cluster.id") is not { Length: > 0 } clusterId
            || !TopicId.TryParse(values.GetValueOrDefault("directory.id"), out var directoryId))
        {
            throw new InvalidDataException($"{path} is damaged or of a version that is not known");
        }

        return new MetaProperties(new BrokerId(nodeId), clusterId, directoryId);
    }

    public void Save(IDisk disk, string folder)
    {
        var text = $"version=1\nnode.id={NodeId}\ncluster.id={ClusterId}\ndirectory.id={DirectoryId}\n";
        CheckpointFile.WriteText(disk, Path.Combine(folder, FileName), $"{text}{Seal}{CrcOf(text)}\n", sync: true);
    }

    private static string CrcOf(string text) => Crc32C.Compute(Encoding.UTF8.GetBytes(text)).ToString("x8", CultureInfo.InvariantCulture);
}
