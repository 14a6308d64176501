using System.Globalization;
using System.Text;
using StreamActors.Storage.Files;

namespace StreamActors.Storage.Checkpoints;

/// <summary>
/// Kafka's small text files: a version, a count, a line per entry. They are replaced as a whole; a damaged one reads as null, since all that
/// they say can be found out again or is safe to assume absent.
/// </summary>
internal static class CheckpointFile
{
    private const string Version = "0";
    private const int LargestSize = 256 << 20;

    public static List<string[]>? Read(IDisk disk, string path, int fieldsPerLine)
    {
        if (!disk.FileExists(path)) return null;
        var lines = ReadText(disk, path).Split('\n');
        if (lines.Length < 2 || lines[0] != Version) return null;
        if (!int.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count > lines.Length - 2) return null;
        var entries = new List<string[]>(count);
        for (var i = 0; i < count; i++)
        {
            if (LineSeal.Open(lines[2 + i])?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not { } fields || fields.Length != fieldsPerLine) return null;
            entries.Add(fields);
        }

        // The count has no seal: there must not be more than it says.
        return lines.AsSpan(2 + count).ContainsAnyExcept("") ? null : entries;
    }

    /// <summary>Replaces the file.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="path">The file.</param>
    /// <param name="lines">Its entries.</param>
    /// <param name="sync">Whether it is durable when this returns.</param>
    public static void Write(IDisk disk, string path, IReadOnlyCollection<string> lines, bool sync)
    {
        var text = new StringBuilder().Append(Version).Append('\n').Append(lines.Count).Append('\n');
        foreach (var line in lines) text.Append(LineSeal.Seal(line)).Append('\n');
        WriteText(disk, path, text.ToString(), sync);
    }

    public static string ReadText(IDisk disk, string path)
    {
        using var file = disk.Open(path, DiskMode.Open);
        var bytes = new byte[Math.Min(file.Length, LargestSize)];
        return Encoding.UTF8.GetString(bytes.AsSpan(0, file.Read(0, bytes)));
    }

    public static void WriteText(IDisk disk, string path, string text, bool sync)
    {
        using (var file = disk.Open(path + ".tmp", DiskMode.Create))
        {
            file.Write(0, Encoding.UTF8.GetBytes(text));
            if (sync) file.Sync();
        }

        disk.Rename(path + ".tmp", path);
        if (sync) disk.SyncDirectory(Path.GetDirectoryName(path)!);
    }
}
