using System.Globalization;
using StreamActors.Protocol;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Checkpoints;

/// <summary>A checkpoint file with an offset for each partition: topic, partition, offset.</summary>
internal static class OffsetCheckpoint
{
    public static Dictionary<TopicPartition, Offset> Read(IDisk disk, string path)
    {
        var offsets = new Dictionary<TopicPartition, Offset>();
        foreach (var fields in CheckpointFile.Read(disk, path, 3) ?? [])
        {
            if (int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
                && long.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
            {
                offsets[new TopicPartition(fields[0], partition)] = new Offset(offset);
            }
        }

        return offsets;
    }

    public static void Write(IDisk disk, string path, IEnumerable<(TopicPartition Partition, Offset Offset)> offsets) =>
        CheckpointFile.Write(disk, path, [.. offsets.Select(entry => $"{entry.Partition.Topic} {entry.Partition.Partition} {entry.Offset}")], sync: true);
}
