using System.Globalization;
using StreamActors.Protocol;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Checkpoints;

/// <summary>The folder of a partition: its names, and the file <c>partition.metadata</c> in it, which says of which topic it is.</summary>
internal static class PartitionFolder
{
    private const string MetadataFile = "partition.metadata";
    private const string Key = "topic_id: ";
    private const string DeletedSuffix = "-delete";
    private const string StraySuffix = "-stray";
    private const string FutureSuffix = "-future";
    private const string MovedSuffix = "-moved";
    private const int IdLength = 32;
    private const int LongestName = 255;

    /// <summary>The partition that a folder's name says; null for folders of other kinds.</summary>
    public static TopicPartition? Parse(string name)
    {
        if (IsDeleted(name) || name.EndsWith(StraySuffix, StringComparison.Ordinal)) return null;
        var dash = name.LastIndexOf('-');
        return dash > 0 && int.TryParse(name.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var partition)
            ? new TopicPartition(name[..dash], partition)
            : null;
    }

    public static bool IsDeleted(string name) => name.EndsWith(DeletedSuffix, StringComparison.Ordinal) && name.Contains('.', StringComparison.Ordinal);

    public static string DeletedName(TopicPartition partition, Guid unique) => Name(partition, $".{unique:N}{DeletedSuffix}");

    public static string StrayName(TopicPartition partition, TopicId next) => Name(partition, $".{next.Value:N}{StraySuffix}");

    /// <summary>The name of a copy that is being filled and will take the partition's place.</summary>
    public static string FutureName(TopicPartition partition, Guid unique) => Name(partition, $".{unique:N}{FutureSuffix}");

    public static bool IsFuture(string name) => name.EndsWith(FutureSuffix, StringComparison.Ordinal) && name.Contains('.', StringComparison.Ordinal);

    /// <summary>The name of a partition's folder while a copy takes its place.</summary>
    public static string MovedName(TopicPartition partition, Guid unique) => Name(partition, $".{unique:N}{MovedSuffix}");

    public static bool IsMoved(string name) => name.EndsWith(MovedSuffix, StringComparison.Ordinal) && name.Contains('.', StringComparison.Ordinal);

    /// <summary>Whether a partition can be moved: while it is, its folders have names that are longer and must tell it all the same.</summary>
    public static bool CanMove(TopicPartition partition) => partition.ToString().Length <= LongestName - 1 - IdLength - FutureSuffix.Length;

    /// <summary>The partition that the name of a copy, or of a folder that is given up for one, says; null for folders of other kinds.</summary>
    public static TopicPartition? ParseHalfway(string name)
    {
        if (!IsFuture(name) && !IsMoved(name)) return null;
        var end = name.LastIndexOf('-') - IdLength - 1;
        return end > 0 && name[end] == '.' ? Parse(name[..end]) : null;
    }

    /// <summary>Null where the file is absent or damaged.</summary>
    public static TopicId? ReadTopicId(IDisk disk, string folder)
    {
        var path = Path.Combine(folder, MetadataFile);
        if (!disk.FileExists(path)) return null;
        return CheckpointFile.ReadText(disk, path).Split('\n') is ["version: 0", var line, ..] && LineSeal.Open(line.TrimEnd('\r')) is { } id
            && id.StartsWith(Key, StringComparison.Ordinal) && TopicId.TryParse(id.AsSpan(Key.Length), out var topicId)
            ? topicId
            : null;
    }

    /// <summary>Whether a damaged file was that of a topic: then its id is whole, or its seal is.</summary>
    public static bool WasOf(IDisk disk, string folder, TopicId topicId)
    {
        var path = Path.Combine(folder, MetadataFile);
        return disk.FileExists(path) && CheckpointFile.ReadText(disk, path).Split('\n') is [_, var line, ..]
            && (LineSeal.IsOf(line, LineOf(topicId)) || line.StartsWith(LineOf(topicId), StringComparison.Ordinal));
    }

    /// <summary>
    /// Whether there are segments that are not empty, under their names or, where a compaction was interrupted, another; or that begin behind records that are gone, whose
    /// offsets are not to be given again.
    /// </summary>
    public static bool HasRecords(IDisk disk, string folder)
    {
        foreach (var name in disk.ListFiles(folder).Where(name => name.Contains(Segment.SegmentFiles.Log, StringComparison.Ordinal)))
        {
            if (Segment.SegmentFiles.OffsetOf(name, Segment.SegmentFiles.Log) > 0) return true;
            using var file = disk.Open(Path.Combine(folder, name), DiskMode.Open);
            if (file.Length > 0) return true;
        }

        return false;
    }

    public static void WriteTopicId(IDisk disk, string folder, TopicId topicId) =>
        CheckpointFile.WriteText(disk, Path.Combine(folder, MetadataFile), $"version: 0\n{LineSeal.Seal(LineOf(topicId))}", sync: true);

    private static string LineOf(TopicId topicId) => $"{Key}{topicId}";

    private static string Name(TopicPartition partition, string suffix)
    {
        var name = partition.ToString();
        return name[..Math.Min(name.Length, LongestName - suffix.Length)] + suffix;
    }
}
