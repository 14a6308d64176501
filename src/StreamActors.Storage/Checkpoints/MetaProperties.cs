using System.Globalization;
using StreamActors.Protocol;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Checkpoints;

/// <summary>The file <c>meta.properties</c>, version 1: whose a data folder is, and which one.</summary>
public sealed record MetaProperties(BrokerId NodeId, string ClusterId, TopicId DirectoryId)
{
    private const string FileName = "meta.properties";

    /// <summary>Null where there is no such file.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or of another version.</exception>
    public static MetaProperties? Load(IDisk disk, string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!disk.FileExists(path)) return null;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in CheckpointFile.ReadText(disk, path).Split('\n', StringSplitOptions.TrimEntries))
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

    public void Save(IDisk disk, string folder) => CheckpointFile.WriteText(
        disk, Path.Combine(folder, FileName), $"version=1\nnode.id={NodeId}\ncluster.id={ClusterId}\ndirectory.id={DirectoryId}\n", sync: true);
}
