using System.Globalization;

namespace StreamActors.Storage.Segment;

/// <summary>The names of a segment's files: twenty digits of its first offset and a suffix, as Kafka names them.</summary>
internal static class SegmentFiles
{
    public const string Log = ".log";
    public const string OffsetIndex = ".index";
    public const string TimeIndex = ".timeindex";
    public const string TransactionIndex = ".txnindex";
    public const string Snapshot = ".snapshot";
    public const string Deleted = ".deleted";
    public const string Cleaned = ".cleaned";
    public const string Swap = ".swap";

    /// <summary>What belongs to one segment and goes with it.</summary>
    public static readonly string[] OfSegment = [Log, OffsetIndex, TimeIndex, TransactionIndex];

    public static string Path(string folder, long offset, string suffix) =>
        System.IO.Path.Combine(folder, offset.ToString("D20", CultureInfo.InvariantCulture) + suffix);

    /// <summary>The offset in a name with that suffix; null for all other names.</summary>
    public static long? OffsetOf(string name, string suffix) =>
        name.Length == 20 + suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal)
        && long.TryParse(name.AsSpan(0, 20), NumberStyles.None, CultureInfo.InvariantCulture, out var offset) ? offset : null;
}
